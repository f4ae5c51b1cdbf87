import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";

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
  const pids = names.filter((name) => /^\d+$/.test(name)).map(Number);
  return (await readInTurns(pids, readProcessRow)).filter((row) => row !== null);
}

/** So many files of `/proc` are read before others get their turn. */
const filesPerTurn = 40;

/**
 * Reads for each item, synchronously: a file of `/proc` is in memory, and asking for hundreds of them one promise each
 * would cost several times the work. What else this process does gets its turn in between.
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

/** One living process; null when it is gone, or where there is no table. */
export function readProcessRow(pid: number): ProcessRow | null {
  const stat = readText(`/proc/${pid}/stat`);
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
export function readEnvironmentEntry(pid: number, name: string): string | null {
  const environment = readText(`/proc/${pid}/environ`) ?? "";
  if (!environment.includes(name)) return null;
  const entry = environment.split("\0").find((text) => text.startsWith(`${name}=`));
  return entry === undefined ? null : entry.slice(name.length + 1);
}
