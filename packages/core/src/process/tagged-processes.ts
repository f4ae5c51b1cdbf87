import { randomUUID } from "node:crypto";
import { readlink } from "node:fs/promises";
import {
  type ProcessRow,
  readEnvironmentEntry,
  readInTurns,
  readProcessRow,
  readProcessTable,
} from "./process-table.js";

/** The environment variable that marks a child process and all its descendants. */
export const processTagName = "AGENTBOT_PROCESS";

const tagPattern = /^(\d+)-(\d+)-(\d+)-[0-9a-f-]{36}$/;

/**
 * Returns a new tag: `<pid>-<start time>-<PID namespace>-<uuid>`. The first three identify this process for ever, so
 * that another process that finds the tag later can decide whether its runner is alive. They are 0 without `/proc`.
 */
export async function newProcessTag(): Promise<string> {
  const row = readProcessRow(process.pid);
  return `${process.pid}-${row?.startTime ?? "0"}-${await readPidNamespace()}-${randomUUID()}`;
}

/**
 * Returns whether the runner that made this tag is certainly dead. In another PID namespace (a container's, seen from
 * its host) the tag's pid has no meaning, so its runner always counts as alive.
 */
export async function isRunnerDead(tag: string): Promise<boolean> {
  const [, pid, startTime, namespace] = tagPattern.exec(tag) ?? [];
  if (pid === undefined || startTime === "0" || namespace === "0") return false;
  if (namespace !== (await readPidNamespace())) return false;
  // Read now: a table that was read earlier lacks a runner that has just started.
  return readProcessRow(Number(pid))?.startTime !== startTime;
}

/** The number of this process's PID namespace (namespaces(7)), or `0`. */
async function readPidNamespace(): Promise<string> {
  const link = await readlink("/proc/self/ns/pid").catch(() => "");
  return /\d+/.exec(link)?.[0] ?? "0";
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
