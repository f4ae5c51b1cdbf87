import type { ClaimedEntry, QueueEntry, TaskQueue } from "@agentbot/core";
import { sleep } from "@agentbot/core/adapter";
import { queueEntryFixture } from "@agentbot/core/testing";

/** The part of a store that a queue depends on: it holds the truth, begins tasks in order and offers them again. */
export interface SmallStore {
  /** A new task of one of the threads. */
  record(thread: number): QueueEntry;
  /** Works on an entry the way the worker does. */
  attend(claimed: ClaimedEntry, queue: TaskQueue): Promise<void>;
  /** Every task that waits, in order. */
  queued(): readonly QueueEntry[];
  isAllDone(): boolean;
  readonly done: ReadonlyMap<string, readonly string[]>;
  readonly recorded: readonly QueueEntry[];
  /** Tasks that were begun more than once, or out of order. */
  readonly violations: readonly string[];
}

export function createSmallStore(): SmallStore {
  const recorded: QueueEntry[] = [];
  const running = new Set<string>();
  const finished = new Set<string>();
  const done = new Map<string, string[]>();
  const violations: string[] = [];

  const blockerOf = ({ id, lane }: QueueEntry): QueueEntry | undefined => {
    const open = recorded.find((entry) => entry.lane === lane && !finished.has(entry.id));
    return open?.id === id ? undefined : open;
  };

  return {
    recorded,
    done,
    violations,
    record(thread) {
      const entry = queueEntryFixture({ lane: `thread-${thread}` });
      recorded.push(entry);
      return entry;
    },
    async attend({ entry, complete }, queue) {
      const { id, lane } = entry;
      if (finished.has(id)) return await complete();
      if (running.has(id) || blockerOf(entry)) {
        await complete();
        return await queue.enqueue([{ ...entry, delayMs: 20 }]);
      }
      running.add(id);
      await sleep(2);
      running.delete(id);
      if (finished.has(id)) violations.push(id);
      finished.add(id);
      done.set(lane, [...(done.get(lane) ?? []), id]);
      await complete();
    },
    isAllDone: () => finished.size === recorded.length,
    queued: () => recorded.filter(({ id }) => !running.has(id) && !finished.has(id)),
  };
}
