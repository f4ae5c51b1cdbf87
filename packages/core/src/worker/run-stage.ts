import { attributeNames, spanNames } from "../tracing/span-names.js";
import type { RunContext } from "./run/run-context.js";
import { EarlyEnd, type Stage } from "./stage.js";

/** Runs one stage: checks that the run still goes on, and tells transcript, events, metrics and log about it. */
export async function runStage<Input, Output>(
  stage: Stage<Input, Output>,
  input: Input,
  context: RunContext,
): Promise<Output | EarlyEnd> {
  const { task, signal, leaseSignal, events, metrics, transcript, clock } = context;
  (stage.isUnstoppable ? leaseSignal : signal).throwIfAborted();
  const startedAt = performance.now();
  const durationMs = (): number => Math.round(performance.now() - startedAt);
  events.emit("stage:started", { taskId: task.id, stage: stage.name });
  transcript.write({ type: "stage:started", at: clock.now(), data: { stage: stage.name } });
  let isDone = false;
  const attributes = { [attributeNames.stage]: stage.name };
  try {
    const output = await context.parts.tracer.trace(
      { name: spanNames.stage(stage.name), kind: "internal", attributes },
      () => stage.run(input, context),
    );
    isDone = !(output instanceof EarlyEnd);
    return output;
  } finally {
    const data = { stage: stage.name, durationMs: durationMs(), isDone };
    transcript.write({ type: "stage:finished", at: clock.now(), data });
    metrics.observe("agentbot_task_stage_duration_seconds", data.durationMs / 1000, { stage: stage.name });
    context.logger.debug(data, "Stage finished");
    events.emit("stage:finished", { taskId: task.id, stage: stage.name, durationMs: data.durationMs });
  }
}
