import { stopReasonOf } from "../run/hold-run.js";
import type { RunContext } from "../run/run-context.js";
import type { EndOfRun, Stage } from "../stage.js";

/** Shows in the thread how the task ended, before that is stored: a stored end is never shown again. */
export const completeTask: Stage<EndOfRun, EndOfRun> = {
  name: "complete-task",
  run: async (end, context) => {
    await context.status.showEnd(end).catch((error: unknown) => {
      if (mustBeShown(end, context) || stopReasonOf(error, context) === "lease-lost") throw error;
      context.deps.logger.warn({ err: error }, "The end of the task could not be shown in its thread");
    });
    return end;
  },
};

/** Another attempt may show the end; after the last one the work counts, even if its end could not be shown. */
function mustBeShown({ status }: EndOfRun, { task, attempts }: RunContext): boolean {
  return status !== "queued" && !attempts.isLast(task);
}
