import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";

/** A row of the machine's table of processes. */
export interface ProcessRow {
  readonly pid: number;
  readonly parentPid: number;
  readonly groupId: number;
  readonly sessionId: number;
  /** Start time in the kernel's ticks since boot; together with the pid it is unique until the next boot. */
  readonly startTime: string;
}

/**
 * Returns every living process, read from `/proc` (proc(5)); zombies count as dead. Null without `/proc`, as on macOS.
 */
export async function readProcessTable(): Promise<readonly ProcessRow[] | null> {
  if (process.platform !== "linux") return null;
  const names = await readdir("/proc").catch(() => null);
  if (names === null) return null;
  const pids = names.filter((name) => /^\d+$/.test(name)).map(Number);
  return (await readInTurns(pids, readProcessRow)).filter((row) => row !== null);
}

/** Number of files of `/proc` that are read before the event loop gets its turn. */
const filesPerTurn = 40;

/**
 * Reads synchronously for each item and yields to the event loop in between: a file of `/proc` is in memory, and one
 * promise for each of hundreds of files would cost several times the work.
 */
export async function readInTurns<Item, Value>(items: readonly Item[], read: (item: Item) => Value): Promise<Value[]> {
  const values: Value[] = [];
  for (const item of items) {
    values.push(read(item));
    if (values.length % filesPerTurn === 0) await setImmediate();
  }
  return values;
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return null;
  }
}

/** Returns one living process; null if it is gone, or without `/proc`. */
export function readProcessRow(pid: number): ProcessRow | null {
  const stat = readText(`/proc/${pid}/stat`);
  if (stat === null) return null;
  // The name in parentheses may itself hold spaces and parentheses: the fields start after the last one.
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

/** Returns the value of a variable a process was started with; null if it has none, is gone or is not readable. */
export function readEnvironmentEntry(pid: number, name: string): string | null {
  const environment = readText(`/proc/${pid}/environ`) ?? "";
  if (!environment.includes(name)) return null;
  const entry = environment.split("\0").find((text) => text.startsWith(`${name}=`));
  return entry === undefined ? null : entry.slice(name.length + 1);
}
