import { randomUUID } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
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
 * Returns every living process, read from `/proc` (proc(5)); zombies count as dead. Null without a `/proc` of this process's
 * own PID namespace, as on macOS.
 */
export async function readProcessTable(): Promise<readonly ProcessRow[] | null> {
  if (!hasOwnProc()) return null;
  const names = await readdir("/proc").catch(() => null);
  if (names === null) return null;
  const pids = names.filter((name) => /^\d+$/.test(name)).map(Number);
  return (await readInTurns(pids, readProcessRow)).filter((row) => row !== null);
}

/**
 * Returns false where `/proc` is missing, or belongs to another PID namespace, e.g. the host's in a container: its numbers
 * are not those that kill(2) takes here.
 */
function hasOwnProc(): boolean {
  try {
    return readlinkSync("/proc/self") === String(process.pid);
  } catch {
    return false;
  }
}

/** Number of files of `/proc` that are read before the event loop gets its turn. */
const filesPerTurn = 40;

/**
 * Reads synchronously for each item and yields to the event loop in between: a file of `/proc` is in memory, and one
 * promise for each of hundreds of files would cost several times the work.
 */
async function readInTurns<Item, Value>(items: readonly Item[], read: (item: Item) => Value): Promise<Value[]> {
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
function readProcessRow(pid: number): ProcessRow | null {
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
function readEnvironmentEntry(pid: number, name: string): string | null {
  const environment = readText(`/proc/${pid}/environ`) ?? "";
  if (!environment.includes(name)) return null;
  const entry = environment.split("\0").find((text) => text.startsWith(`${name}=`));
  return entry === undefined ? null : entry.slice(name.length + 1);
}

/** The environment variable that marks a child process and all its descendants. */
export const processTagName = "AGENTBOT_PROCESS";

const tagPattern = /^(\d+)-(\d+)-(\d+)-[0-9a-f-]{36}$/;

/**
 * Returns a new tag: `<pid>-<start time>-<PID namespace>-<uuid>`. The first three identify this process for ever, so
 * that another process that finds the tag later can decide whether its runner is alive. The namespace is 0 without `/proc`.
 */
export function newProcessTag(): string {
  const row = readProcessRow(process.pid);
  return `${process.pid}-${row?.startTime ?? "0"}-${readPidNamespace()}-${randomUUID()}`;
}

/**
 * Returns whether the runner that made this tag is certainly dead. In another PID namespace (a container's, seen from
 * its host) the tag's pid has no meaning, so its runner always counts as alive.
 */
export function isRunnerDead(tag: string): boolean {
  const [, pid, startTime, namespace] = tagPattern.exec(tag) ?? [];
  if (pid === undefined || startTime === "0" || namespace === "0") return false;
  if (namespace !== readPidNamespace()) return false;
  // Read now: a table that was read earlier lacks a runner that has just started.
  return readProcessRow(Number(pid))?.startTime !== startTime;
}

/** The number of this process's PID namespace (namespaces(7)), or `0` without a `/proc` of its own. */
function readPidNamespace(): string {
  return hasOwnProc() ? (/\d+/.exec(readlinkSync("/proc/self/ns/pid"))?.[0] ?? "0") : "0";
}

/** A living process with the tag it was started with. */
export interface TaggedProcess extends ProcessRow {
  /** Its `AGENTBOT_PROCESS`; null if it has none or its environment is not readable. */
  readonly tag: string | null;
}

/**
 * Returns every living process except this one; null where processes can't be listed. A machine has hundreds of
 * processes and a worker many runs, so calls made during a read share the next one.
 */
export const readTaggedProcesses = shareNext(async (): Promise<readonly TaggedProcess[] | null> => {
  const rows = await readProcessTable();
  if (rows === null) return null;
  const others = rows.filter(({ pid }) => pid !== process.pid);
  return readInTurns(others, (row) => ({ ...row, tag: readEnvironmentEntry(row.pid, processTagName) }));
});

/**
 * Returns a function whose calls share runs of `work`, each run begun no earlier than the calls that share it: calls
 * made during a run wait for the next one, together.
 */
export function shareNext<Value>(work: () => Promise<Value>): () => Promise<Value> {
  let current: Promise<Value> | null = null;
  let next: Promise<Value> | null = null;
  const begin = (): Promise<Value> => {
    const begun = work();
    current = begun;
    const end = (): void => {
      if (current === begun) current = null;
    };
    begun.then(end, end);
    return begun;
  };
  const beginNext = (): Promise<Value> => {
    next = null;
    return begin();
  };
  return () => {
    if (current === null) return begin();
    next ??= current.then(beginNext, beginNext);
    return next;
  };
}
