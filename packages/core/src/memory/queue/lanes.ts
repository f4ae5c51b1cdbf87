import type { QueueRecord } from "./queue-record.js";

/** The entries of each lane in order: linked lists, so that leaving a long lane costs as little as leaving a short one. */
export interface Lanes {
  append(record: QueueRecord): void;
  /** Takes an entry out of its lane; returns the lane's new head if the old one left. */
  leave(record: QueueRecord): QueueRecord | null;
}

/** Creates empty lanes. */
export function createLanes(): Lanes {
  const tails = new Map<string, QueueRecord>();
  return {
    append(record) {
      const { lane } = record.entry;
      const tail = tails.get(lane) ?? null;
      record.ahead = tail;
      if (tail) tail.behind = record;
      tails.set(lane, record);
    },
    leave(record) {
      const { ahead, behind } = record;
      const { lane } = record.entry;
      if (ahead) ahead.behind = behind;
      if (behind) behind.ahead = ahead;
      else if (ahead) tails.set(lane, ahead);
      else tails.delete(lane);
      record.ahead = null;
      record.behind = null;
      return ahead ? null : behind;
    },
  };
}
