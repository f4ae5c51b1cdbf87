import type { ClaimRequest, QueueEntry, QueueStats } from "../../ports/task-queue.js";
import { createIndexedHeap } from "./indexed-heap.js";
import { createLanes } from "./lanes.js";
import { endsBefore, type QueueRecord } from "./queue-record.js";
import { createReadyEntries } from "./ready-entries.js";

/** The order of a memory queue, without any waiting. Each call first applies due times and ended leases. */
export interface QueueIndex {
  /** Adds an entry unless it is known and not buried. */
  add(entry: QueueEntry): void;
  /** Claims the first entry whose lane is free and whose installation is below its limit; null if there is none. */
  take(
    request: Pick<ClaimRequest, "kind" | "leaseMs">,
  ): { readonly record: QueueRecord; readonly claim: object } | null;
  /** Returns the entry if this claim on it still holds, else null. */
  held(record: QueueRecord, claim: object): QueueRecord | null;
  extend(record: QueueRecord, leaseMs: number): void;
  giveBack(record: QueueRecord, delayMs: number): void;
  bury(record: QueueRecord): void;
  remove(record: QueueRecord): void;
  find(id: string): QueueRecord | null;
  stats(): QueueStats;
  /** Milliseconds until the next due time or end of a lease; null if there is none. */
  nextDueMs(): number | null;
}

/** Creates an empty {@link QueueIndex}. Every step costs O(log n), however many entries wait. */
export function createQueueIndex(nowMs: () => number, agingMs: number, installationConcurrency: number): QueueIndex {
  const known = new Map<string, QueueRecord>();
  const lanes = createLanes();
  const ready = createReadyEntries(installationConcurrency);
  const delayed = createIndexedHeap(endsBefore);
  const claimed = createIndexedHeap(endsBefore);
  /** In the order in which they began to wait, so that the first one is the oldest. */
  const waiting = new Set<QueueRecord>();
  let nextSequence = 1;

  const wait = (record: QueueRecord, sinceMs: number): void => {
    record.state = "waiting";
    record.waitingSinceMs = sinceMs;
    waiting.add(record);
    if (record.previous === null) ready.push(record);
  };

  const delay = (record: QueueRecord, delayMs: number): void => {
    record.state = "delayed";
    record.untilMs = nowMs() + delayMs;
    delayed.push(record);
  };

  const detach = (record: QueueRecord): void => {
    for (const heap of [ready, delayed, claimed]) heap.remove(record);
    waiting.delete(record);
    record.claim = null;
    if (record.state === "claimed") ready.countReleased(record);
  };

  /** The claimed or delayed entry whose time comes first. */
  const nextDue = (): QueueRecord | undefined => {
    const [lapsing, due] = [claimed.peek(), delayed.peek()];
    return lapsing && due ? (endsBefore(due, lapsing) ? due : lapsing) : (lapsing ?? due);
  };

  const catchUp = (): void => {
    for (let next = nextDue(); next && next.untilMs <= nowMs(); next = nextDue()) {
      detach(next);
      wait(next, next.untilMs);
    }
  };

  const leaveLane = (record: QueueRecord): void => {
    const head = lanes.leave(record);
    if (head?.state === "waiting") ready.push(head);
  };

  return {
    add(entry) {
      catchUp();
      const earlier = known.get(entry.id);
      if (earlier && earlier.state !== "buried") return;
      const rank = nowMs() + entry.priority * agingMs;
      const times = { untilMs: 0, waitingSinceMs: 0 };
      const place = { rank, sequence: nextSequence++, previous: null, next: null };
      const record: QueueRecord = { entry, ...place, ...times, state: "waiting", claim: null };
      known.set(entry.id, record);
      lanes.append(record);
      if (entry.delayMs > 0) delay(record, entry.delayMs);
      else wait(record, nowMs());
    },

    take({ kind, leaseMs }) {
      catchUp();
      const record = ready.peek(kind);
      if (!record) return null;
      detach(record);
      const claim = {};
      record.state = "claimed";
      record.claim = claim;
      record.untilMs = nowMs() + leaseMs;
      claimed.push(record);
      ready.countClaimed(record);
      return { record, claim };
    },

    held(record, claim) {
      catchUp();
      return record.claim === claim ? record : null;
    },

    extend(record, leaseMs) {
      record.untilMs = nowMs() + leaseMs;
      claimed.push(record);
    },

    giveBack(record, delayMs) {
      detach(record);
      if (delayMs > 0) delay(record, delayMs);
      else wait(record, nowMs());
    },

    bury(record) {
      detach(record);
      record.state = "buried";
      leaveLane(record);
    },

    remove(record) {
      detach(record);
      known.delete(record.entry.id);
      if (record.state !== "buried") leaveLane(record);
    },

    find(id) {
      catchUp();
      return known.get(id) ?? null;
    },

    stats() {
      catchUp();
      const [oldest] = waiting;
      return {
        waiting: waiting.size,
        delayed: delayed.size,
        claimed: claimed.size,
        buried: known.size - waiting.size - delayed.size - claimed.size,
        oldestWaitingMs: oldest ? Math.max(0, nowMs() - oldest.waitingSinceMs) : null,
      };
    },

    nextDueMs() {
      const next = nextDue();
      return next ? Math.max(0, next.untilMs - nowMs()) : null;
    },
  };
}
