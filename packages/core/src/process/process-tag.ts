import { randomUUID } from "node:crypto";
import { readlink } from "node:fs/promises";
import { readProcessRow } from "./process-table.js";

/** The environment variable that marks a child and all it starts. */
export const processTagName = "AGENTBOT_PROCESS";

const tagPattern = /^(\d+)-(\d+)-(\d+)-[0-9a-f-]{36}$/;

/**
 * A new tag: `<pid>-<start time>-<PID namespace>-<uuid>`. The first three name this process for ever, so that whoever
 * finds a tagged process later can tell whether its runner still lives. They are 0 where there is no `/proc`.
 */
export async function newProcessTag(): Promise<string> {
  const row = readProcessRow(process.pid);
  return `${process.pid}-${row?.startTime ?? "0"}-${await readPidNamespace()}-${randomUUID()}`;
}

/**
 * Is the runner that gave this tag surely dead? A tag of another PID namespace (a container's, seen from its host) has
 * a pid that means nothing here: it is never judged.
 */
export async function isRunnerDead(tag: string): Promise<boolean> {
  const [, pid, startTime, namespace] = tagPattern.exec(tag) ?? [];
  if (pid === undefined || startTime === "0" || namespace === "0") return false;
  if (namespace !== (await readPidNamespace())) return false;
  // Read now: in a table that was read before, a runner that has just started would be missing.
  return readProcessRow(Number(pid))?.startTime !== startTime;
}

/** The number of this process's PID namespace (namespaces(7)), or `0`. */
async function readPidNamespace(): Promise<string> {
  const link = await readlink("/proc/self/ns/pid").catch(() => "");
  return /\d+/.exec(link)?.[0] ?? "0";
}
