import type { EndOfRun } from "../end-of-run.js";
import type { RunContext } from "../run/run-context.js";
import { stopReasonOf } from "../run/stop-reason.js";
import type { Stage } from "../stage.js";

/** Tells the thread how the task ended, before that is stored: what is stored is never told again. */
export const completeTask: Stage<EndOfRun, EndOfRun> = {
  name: "complete-task",
  run: async (end, context) => {
    await context.status.showEnd(end).catch((error: unknown) => {
      if (mustBeTold(end, context) || stopReasonOf(error, context) === "lease-lost") throw error;
      context.logger.warn({ err: error }, "The end of the task could not be told in its thread");
    });
    return end;
  },
};

/** Another attempt may tell an end; after the last one, what was done counts and not what could not be said. */
function mustBeTold({ status }: EndOfRun, { task, parts }: RunContext): boolean {
  return status !== "queued" && task.attempt < parts.settings.maxAttempts;
}
