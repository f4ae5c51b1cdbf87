import { readdir, readFile } from "node:fs/promises";

/** A row of the machine's table of processes. */
export interface ProcessRow {
  readonly pid: number;
  readonly parentPid: number;
  readonly groupId: number;
  readonly sessionId: number;
}

/**
 * Every living process, read from `/proc` (proc(5)); zombies are dead. Null where there is no such table, as on macOS.
 */
export async function readProcessTable(): Promise<readonly ProcessRow[] | null> {
  if (process.platform !== "linux") return null;
  const names = await readdir("/proc").catch(() => null);
  if (names === null) return null;
  const rows = await Promise.all(names.filter((name) => /^\d+$/.test(name)).map(readRow));
  return rows.filter((row) => row !== null);
}

async function readRow(pid: string): Promise<ProcessRow | null> {
  const stat = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => null);
  if (stat === null) return null;
  // The name in parentheses may hold spaces and parentheses itself: the fields start after the last one.
  const [state, parentPid, groupId, sessionId] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (state === undefined || state === "Z" || state === "X") return null;
  return { pid: Number(pid), parentPid: Number(parentPid), groupId: Number(groupId), sessionId: Number(sessionId) };
}

/** Whether a process was started with this entry in its environment. False when it is gone or not ours to read. */
export async function hasEnvironmentEntry(pid: number, entry: string): Promise<boolean> {
  const environment = await readFile(`/proc/${pid}/environ`, "latin1").catch(() => "");
  return `\0${environment}`.includes(`\0${entry}\0`);
}
