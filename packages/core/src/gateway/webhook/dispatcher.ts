import type { LifecycleEvents } from "../../events/lifecycle-events.js";
import type { OutageReporter } from "../../outages/create-outage-reporter.js";
import type { Clock } from "../../ports/clock.js";
import type { Logger } from "../../ports/logger.js";
import type { QueueEntry, TaskQueue } from "../../ports/task-queue.js";

/** Hands recorded tasks to the queue without making an answer wait for it. */
export interface Dispatcher {
  dispatch(entry: QueueEntry): void;
  /** Resolves when everything dispatched so far has been handed over or has failed to be, and in any case after 2 s. */
  settled(): Promise<void>;
}

/** Who a {@link Dispatcher} tells. */
export interface DispatcherParts {
  readonly events: LifecycleEvents;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly outages: OutageReporter;
}

/** How long a queue that does not answer can hold up a closing gateway, in milliseconds. */
const settleTimeoutMs = 2000;

/** Makes a {@link Dispatcher}. A failure loses nothing: the reconciler finds what is recorded but not queued. */
export function createDispatcher(queue: TaskQueue, { events, clock, logger, outages }: DispatcherParts): Dispatcher {
  const pending = new Set<Promise<void>>();

  const handOver = async (entry: QueueEntry): Promise<void> => {
    try {
      await queue.enqueue([entry]);
      events.emit("task:enqueued", { taskId: entry.taskId });
    } catch (error) {
      if (outages.report(error)) return;
      logger.error({ err: error, taskId: entry.taskId }, "A task could not be queued; the reconciler offers it again");
    }
  };

  return {
    dispatch(entry) {
      const work = handOver(entry).finally(() => pending.delete(work));
      pending.add(work);
    },
    async settled() {
      const waited = new AbortController();
      await Promise.race([Promise.all(pending), clock.sleep(settleTimeoutMs, waited.signal)]);
      waited.abort();
    },
  };
}
