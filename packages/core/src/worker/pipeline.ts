import { stopReasonOf } from "./run/hold-run.js";
import type { RunContext } from "./run/run-context.js";
import { settleRun } from "./settle.js";
import { EarlyEnd, type EndOfRun, runStage, type ShownEnd, type Stage } from "./stage.js";
import { admit } from "./stages/admit.js";
import { checkpoint } from "./stages/checkpoint.js";
import { gatherContext } from "./stages/gather-context.js";
import { indexWorkspace } from "./stages/index-workspace.js";
import { prepareWorkspace } from "./stages/prepare-workspace.js";
import { publishResult } from "./stages/publish-result.js";
import { type Claimed, resolveRepository } from "./stages/resolve-repository.js";
import { runAgent } from "./stages/run-agent.js";

/** A chain of stages: each consumes what the one before it returns, and a wrong order does not compile. */
export interface Pipeline<Input, Output> {
  /** Adds a stage at the end. */
  to<Next>(stage: Stage<Output, Next>): Pipeline<Input, Next>;
  readonly run: (input: Input, context: RunContext) => Promise<Output | EarlyEnd>;
}

/** A pipeline that begins with this stage. */
export function startWith<Input, Output>(stage: Stage<Input, Output>): Pipeline<Input, Output> {
  return chain((input, context) => runStage(stage, input, context));
}

function chain<Input, Output>(run: Pipeline<Input, Output>["run"]): Pipeline<Input, Output> {
  return {
    run,
    to: (stage) =>
      chain(async (input, context) => {
        const output = await run(input, context);
        return output instanceof EarlyEnd ? output : runStage(stage, output, context);
      }),
  };
}

/** THE ORDER. */
const work = startWith(resolveRepository)
  .to(admit)
  .to(gatherContext)
  .to(prepareWorkspace)
  .to(indexWorkspace)
  .to(runAgent)
  .to(checkpoint)
  .to(publishResult);

/** Shows in the thread how the task ended, before that is stored: a stored end is never shown again. */
const completeTask: Stage<ShownEnd, EndOfRun> = {
  name: "complete-task",
  run: async (shown, context) => {
    await context.status.showEnd(shown).catch((error: unknown) => {
      if (mustBeShown(shown, context) || stopReasonOf(error, context) === "lease-lost") throw error;
      context.deps.logger.warn({ err: error }, "The end of the task could not be shown in its thread");
    });
    return shown.end;
  },
};

/** Another attempt may show the end; after the last one the work counts, even if its end could not be shown. */
function mustBeShown({ end, isSilent }: ShownEnd, { task, attempts }: RunContext): boolean {
  return !isSilent && end.status !== "queued" && !attempts.isLast(task);
}

/** Takes a begun task to its end: runs the stages, then shows and settles what they ended with. */
export async function runPipeline(claimed: Claimed, context: RunContext): Promise<EndOfRun> {
  const output = await work.run(claimed, context);
  const shown = output instanceof EarlyEnd ? output : { end: output, isSilent: false };
  // The end is shown and stored even if a stop or a shutdown comes now; only a lost lease forbids it.
  await runStage(completeTask, shown, { ...context, signal: context.leaseSignal });
  // Outside every stage: it closes the transcript, which must contain the end of the last stage too.
  await settleRun(shown.end, context);
  return shown.end;
}
