import type { LifecycleEvents } from "../../events/lifecycle-events.js";
import { sleep } from "../../lifecycle/sleep.js";
import type { Logger } from "../../ports/logger.js";
import type { QueueEntry, TaskQueue } from "../../ports/task-queue.js";

/** Hands recorded tasks to the queue without making an answer wait for it. */
export interface Dispatcher {
  dispatch(entry: QueueEntry): void;
  /** Resolves when everything dispatched so far has been handed over or has failed to be, and in any case after 2 s. */
  settled(): Promise<void>;
}

/** How long a queue that does not answer can hold up a closing gateway, in milliseconds. */
const settleTimeoutMs = 2000;

/** Makes a {@link Dispatcher}. A failure loses nothing: the reconciler finds what is recorded but not queued. */
export function createDispatcher(queue: TaskQueue, events: LifecycleEvents, logger: Logger): Dispatcher {
  const pending = new Set<Promise<void>>();
  let isQueueDown = false;

  const handOver = async (entry: QueueEntry): Promise<void> => {
    try {
      await queue.enqueue([entry]);
      isQueueDown = false;
      events.emit("task:enqueued", { taskId: entry.taskId });
    } catch (error) {
      if (!isQueueDown)
        logger.warn({ err: error }, "The queue is down; tasks are recorded and will be queued when it is back");
      isQueueDown = true;
    }
  };

  return {
    dispatch(entry) {
      const work = handOver(entry).finally(() => pending.delete(work));
      pending.add(work);
    },
    async settled() {
      const waited = new AbortController();
      await Promise.race([Promise.all(pending), sleep(settleTimeoutMs, waited.signal)]);
      waited.abort();
    },
  };
}
