import type { TaskEnd } from "../task/task.js";
import { attributeNames, spanNames } from "../tracing/trace-format.js";
import type { RunContext } from "./run/run-context.js";

/** The stages of a run, in order. */
export type StageName =
  | "resolve-repository"
  | "admit"
  | "gather-context"
  | "prepare-workspace"
  | "index-workspace"
  | "run-agent"
  | "checkpoint"
  | "publish-result"
  | "complete-task";

/** Back in line without having failed, e.g. because no budget is left today. Shown in the thread. */
export interface Parked {
  readonly status: "queued";
  readonly cause: "parked";
  readonly reason: string;
  readonly explanation: string;
  readonly delayMs: number;
}

/** How a run ends if nothing throws. */
export type EndOfRun = TaskEnd | Parked;

/** An end with the way it is shown. */
export interface ShownEnd {
  readonly end: EndOfRun;
  /** True if nothing is posted for it: only a status message that exists already shows the end. */
  readonly isSilent: boolean;
}

/** Returned by a stage that ends the run before the last stage: refused, parked, failed for good. */
export class EarlyEnd implements ShownEnd {
  readonly end: EndOfRun;
  readonly isSilent: boolean;

  constructor(end: EndOfRun, { isSilent = false }: Partial<Pick<ShownEnd, "isSilent">> = {}) {
    this.end = end;
    this.isSilent = isSilent;
  }
}

/** Ends the run as cancelled, with a stable reason and a sentence for the thread. */
export function cancelledEarly(reason: string, explanation: string): EarlyEnd {
  return new EarlyEnd({ status: "cancelled", reason, explanation });
}

/**
 * One link of the pipeline: it consumes what the stage before it returns. `run` is a property on purpose: method syntax is
 * bivariant and would let a wrong order compile.
 */
export interface Stage<Input, Output> {
  readonly name: StageName;
  /** True for a stage that only a lost lease may stop: what was paid for must be kept. @defaultValue false */
  readonly isUnstoppable?: boolean;
  readonly run: (input: Input, context: RunContext) => Promise<Output | EarlyEnd>;
}

/** Runs one stage if the run has not been stopped, and reports it to transcript, events, metrics, trace and log. */
export async function runStage<Input, Output>(
  stage: Stage<Input, Output>,
  input: Input,
  context: RunContext,
): Promise<Output | EarlyEnd> {
  const { task, deps, transcript } = context;
  const { events, metrics, tracer, clock, logger } = deps;
  (stage.isUnstoppable ? context.leaseSignal : context.signal).throwIfAborted();
  const startedAtMs = performance.now();
  events.emit("stage:started", { taskId: task.id, stage: stage.name });
  transcript.write({ type: "stage:started", at: clock.now(), data: { stage: stage.name } });
  let isDone = false;
  const attributes = { [attributeNames.stage]: stage.name };
  try {
    const output = await tracer.trace({ name: spanNames.stage(stage.name), kind: "internal", attributes }, () =>
      stage.run(input, context),
    );
    isDone = !(output instanceof EarlyEnd);
    return output;
  } finally {
    const durationMs = Math.round(performance.now() - startedAtMs);
    const data = { stage: stage.name, durationMs, isDone };
    transcript.write({ type: "stage:finished", at: clock.now(), data });
    metrics.observe("agentbot_task_stage_duration_seconds", durationMs / 1000, { stage: stage.name });
    logger.debug(data, "Stage finished");
    events.emit("stage:finished", { taskId: task.id, stage: stage.name, durationMs });
  }
}
