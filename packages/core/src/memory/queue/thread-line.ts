import type { QueueRecord } from "./queue-record.js";

/** The entries of each thread in the order they came: linked lists, so that leaving a long line is as cheap as a short one. */
export interface ThreadLines {
  append(record: QueueRecord): void;
  /** Takes an entry out of its line; returns the line's new head when the old one left. */
  leave(record: QueueRecord): QueueRecord | null;
}

/** Makes {@link ThreadLines} without entries. */
export function createThreadLines(): ThreadLines {
  const tails = new Map<string, QueueRecord>();
  return {
    append(record) {
      const { threadId } = record.entry;
      const tail = tails.get(threadId) ?? null;
      record.ahead = tail;
      if (tail) tail.behind = record;
      tails.set(threadId, record);
    },
    leave(record) {
      const { ahead, behind } = record;
      const { threadId } = record.entry;
      if (ahead) ahead.behind = behind;
      if (behind) behind.ahead = ahead;
      else if (ahead) tails.set(threadId, ahead);
      else tails.delete(threadId);
      record.ahead = null;
      record.behind = null;
      return ahead ? null : behind;
    },
  };
}
