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
      record.previous = tail;
      if (tail) tail.next = record;
      tails.set(lane, record);
    },
    leave(record) {
      const { previous, next } = record;
      const { lane } = record.entry;
      if (previous) previous.next = next;
      if (next) next.previous = previous;
      else if (previous) tails.set(lane, previous);
      else tails.delete(lane);
      record.previous = null;
      record.next = null;
      return previous ? null : next;
    },
  };
}
