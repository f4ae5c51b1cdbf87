import type { LifecycleEvents } from "../../events/lifecycle-events.js";
import type { OutageReporter } from "../../outages/create-outage-reporter.js";
import type { Clock } from "../../ports/clock.js";
import type { Logger } from "../../ports/logger.js";
import type { QueueEntry, TaskQueue } from "../../ports/task-queue.js";

/** Queues recorded tasks and commands without delaying a response. */
export interface Dispatcher {
  dispatch(entry: QueueEntry): void;
  /** Resolves when everything dispatched so far was queued or failed to be, and in any case after 2 s. */
  settled(): Promise<void>;
}

/** The ports a {@link Dispatcher} calls. */
export interface DispatcherDeps {
  readonly queue: TaskQueue;
  readonly events: LifecycleEvents;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly outages: OutageReporter;
}

/** How long a queue that does not answer can delay the close of a gateway, in milliseconds. */
const settleTimeoutMs = 2000;

/** A failure loses nothing: the reconciler finds what is recorded but not queued. */
export function createDispatcher({ queue, events, clock, logger, outages }: DispatcherDeps): Dispatcher {
  const pending = new Set<Promise<void>>();

  const enqueue = async (entry: QueueEntry): Promise<void> => {
    const { id, kind } = entry;
    try {
      await queue.enqueue([entry]);
      if (kind === "task") events.emit("task:enqueued", { taskId: id });
    } catch (error) {
      if (outages.report(error)) return;
      logger.error({ err: error, id, kind }, "A recorded entry could not be queued; the reconciler offers it again");
    }
  };

  return {
    dispatch(entry) {
      const work = enqueue(entry).finally(() => pending.delete(work));
      pending.add(work);
    },
    async settled() {
      const waited = new AbortController();
      await Promise.race([Promise.all(pending), clock.sleep(settleTimeoutMs, waited.signal)]);
      waited.abort();
    },
  };
}
