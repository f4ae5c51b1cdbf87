import type { EndOfRun } from "../end-of-run.js";
import { settleRun } from "../run/settle-run.js";
import type { Stage } from "../stage.js";

/** Tells the thread how the task ended, then stores it. In this order: what is stored is never told again. */
export const completeTask: Stage<EndOfRun, EndOfRun> = {
  name: "complete-task",
  run: async (end, context) => {
    await context.status.showEnd(end);
    await settleRun(end, context);
    return end;
  },
};
