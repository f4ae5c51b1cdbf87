import type { QueueEntry } from "@agentbot/core";
import { wellFormedJson } from "./well-formed-json.js";

/** What of an entry is kept as JSON: `[thread, priority, installation, repository]`, and the delay it came with if any. */
export function encodeEntry({ threadId, priority, installationId, repositoryId, delayMs }: QueueEntry): string {
  const parts = [threadId, priority, installationId, repositoryId];
  return wellFormedJson(delayMs > 0 ? [...parts, delayMs] : parts);
}

/** Rank and time of waiting, which only the scripts read. */
const prefixPattern = /^\d+ -?\d+ \[/;

/** The entry of a record, or null when it cannot be read. */
export function decodeRecord(taskId: string, record: string): QueueEntry | null {
  if (!prefixPattern.test(record)) return null;
  let parts: unknown;
  try {
    parts = JSON.parse(record.slice(record.indexOf("[")));
  } catch {
    return null;
  }
  if (!Array.isArray(parts)) return null;
  const threadId: unknown = parts[0];
  const priority: unknown = parts[1];
  const installationId: unknown = parts[2];
  const repositoryId: unknown = parts[3];
  const delayMs: unknown = parts.length > 4 ? parts[4] : 0;
  if (typeof threadId !== "string" || typeof installationId !== "string" || typeof repositoryId !== "string")
    return null;
  if (typeof priority !== "number" || typeof delayMs !== "number") return null;
  return { taskId, threadId, priority, installationId, repositoryId, delayMs };
}
