import type { ClaimedEntry, QueueEntry } from "@agentbot/core";
import { sleep } from "@agentbot/core/adapter";
import { queueEntryFixture } from "@agentbot/core/testing";
import type { RedisQueue } from "../../../src/index.js";

/** What the real store does for a queue, in small: it knows the truth, begins tasks in order and offers them again. */
export interface SmallStore {
  /** A new task of one of the threads. */
  record(thread: number): QueueEntry;
  /** Works on an entry the way the worker does. */
  attend(claimed: ClaimedEntry, queue: RedisQueue): Promise<void>;
  /** Every task that waits, in order. */
  queued(): readonly QueueEntry[];
  isAllDone(): boolean;
  readonly done: ReadonlyMap<string, readonly string[]>;
  readonly recorded: readonly QueueEntry[];
  /** Tasks that were begun more than once, or out of order. */
  readonly violations: readonly string[];
}

/** Makes a {@link SmallStore}. */
export function createSmallStore(): SmallStore {
  const recorded: QueueEntry[] = [];
  const running = new Set<string>();
  const finished = new Set<string>();
  const done = new Map<string, string[]>();
  const violations: string[] = [];

  const blockerOf = ({ taskId, threadId }: QueueEntry): QueueEntry | undefined => {
    const open = recorded.find((entry) => entry.threadId === threadId && !finished.has(entry.taskId));
    return open?.taskId === taskId ? undefined : open;
  };

  return {
    recorded,
    done,
    violations,
    record(thread) {
      const entry = queueEntryFixture({ threadId: `thread-${thread}` });
      recorded.push(entry);
      return entry;
    },
    async attend({ entry, complete }, queue) {
      const { taskId, threadId } = entry;
      if (finished.has(taskId)) return await complete();
      if (running.has(taskId) || blockerOf(entry)) {
        await complete();
        return await queue.enqueue([{ ...entry, delayMs: 20 }]);
      }
      running.add(taskId);
      await sleep(2);
      running.delete(taskId);
      if (finished.has(taskId)) violations.push(taskId);
      finished.add(taskId);
      done.set(threadId, [...(done.get(threadId) ?? []), taskId]);
      await complete();
    },
    isAllDone: () => finished.size === recorded.length,
    queued: () => recorded.filter(({ taskId }) => !running.has(taskId) && !finished.has(taskId)),
  };
}
