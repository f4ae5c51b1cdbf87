import type { QueueEntry } from "@agentbot/core";

/** What of an entry is kept as JSON: `[thread, priority, installation, repository]`, and the delay it came with if any. */
export function encodeEntry({ threadId, priority, installationId, repositoryId, delayMs }: QueueEntry): string {
  const parts = [threadId, priority, installationId, repositoryId];
  return JSON.stringify(delayMs > 0 ? [...parts, delayMs] : parts);
}

/** The entry of a record, or null when it cannot be read. */
export function decodeRecord(taskId: string, record: string): QueueEntry | null {
  const start = record.indexOf("[");
  if (start < 0) return null;
  let parts: unknown;
  try {
    parts = JSON.parse(record.slice(start));
  } catch {
    return null;
  }
  if (!Array.isArray(parts) || !/^\d+ -?\d+ $/.test(record.slice(0, start))) return null;
  const [threadId, priority, installationId, repositoryId, delayMs = 0] = parts;
  const isText = [threadId, installationId, repositoryId].every((part) => typeof part === "string");
  if (!isText || typeof priority !== "number" || typeof delayMs !== "number") return null;
  return { taskId, threadId, priority, installationId, repositoryId, delayMs };
}
