import type { EndOfRun } from "../end-of-run.js";
import type { Stage } from "../stage.js";

/** Tells the thread how the task ended, then stores it. In this order: what is stored is never told again. */
export const completeTask: Stage<EndOfRun, EndOfRun> = {
  name: "complete-task",
  run: async (end, { status, transcript, parts, lease, clock }) => {
    await status.showEnd(end);
    transcript.write({ type: "task:settled", at: clock.now(), data: { status: end.status } });
    await transcript.flush();
    await parts.store.tasks.settle(lease, end);
    return end;
  },
};
