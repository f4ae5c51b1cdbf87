import { readdir, readFile } from "node:fs/promises";

/** A row of the machine's table of processes. */
export interface ProcessRow {
  readonly pid: number;
  readonly parentPid: number;
  readonly groupId: number;
  readonly sessionId: number;
  /** When it started, in the kernel's ticks since boot: with the pid it names one process for ever. */
  readonly startTime: string;
}

/**
 * Every living process, read from `/proc` (proc(5)); zombies are dead. Null where there is no such table, as on macOS.
 */
export async function readProcessTable(): Promise<readonly ProcessRow[] | null> {
  if (process.platform !== "linux") return null;
  const names = await readdir("/proc").catch(() => null);
  if (names === null) return null;
  const rows = await Promise.all(
    names.filter((name) => /^\d+$/.test(name)).map((name) => readProcessRow(Number(name))),
  );
  return rows.filter((row) => row !== null);
}

/** One living process; null when it is gone, or where there is no table. */
export async function readProcessRow(pid: number): Promise<ProcessRow | null> {
  const stat = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => null);
  if (stat === null) return null;
  // The name in parentheses may hold spaces and parentheses itself: the fields start after the last one.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, parentPid, groupId, sessionId] = fields;
  if (state === undefined || state === "Z" || state === "X") return null;
  return {
    pid,
    parentPid: Number(parentPid),
    groupId: Number(groupId),
    sessionId: Number(sessionId),
    startTime: fields[19] ?? "0",
  };
}

/** The value a process was started with in this variable; null when it has none, is gone or is not ours to read. */
export async function readEnvironmentEntry(pid: number, name: string): Promise<string | null> {
  const environment = await readFile(`/proc/${pid}/environ`, "latin1").catch(() => "");
  const entry = environment.split("\0").find((text) => text.startsWith(`${name}=`));
  return entry === undefined ? null : entry.slice(name.length + 1);
}
