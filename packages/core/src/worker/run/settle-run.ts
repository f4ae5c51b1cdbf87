import type { Settlement } from "../../ports/task-store.js";
import { taskChannel } from "../../task/task-channels.js";
import type { RunContext } from "./run-context.js";

/** Ends a run: the transcript is closed and everything the stages acquired is released, then the store is told. */
export async function settleRun(settlement: Settlement, context: RunContext): Promise<void> {
  const { parts, lease, leaseSignal, books, transcript, cleanup, clock, logger } = context;
  const reason = settlement.status === "succeeded" ? null : settlement.reason;
  transcript.write({ type: "task:settled", at: clock.now(), data: { status: settlement.status, reason } });
  await transcript.close();
  await cleanup.run().catch((error: unknown) => logger.warn({ err: error }, "A run could not be cleaned up fully"));
  leaseSignal.throwIfAborted();
  await books.settle();
  await parts.store.tasks.settle(lease, settlement);
  try {
    // Whoever follows the task waits for its end, which is no line of the transcript.
    parts.pubSub.publish(taskChannel(lease.taskId));
  } catch (error) {
    logger.warn({ err: error }, "The end of the run could not be published; viewers see it a little later");
  }
}
