import type { EndOfRun } from "./end-of-run.js";
import type { RunContext } from "./run/run-context.js";

/** The stages of a run, in order. */
export type StageName =
  | "admit"
  | "prepare-workspace"
  | "index-workspace"
  | "run-agent"
  | "checkpoint"
  | "publish-result"
  | "complete-task";

/** A stage's way of ending the run before its time: refused, parked, failed for good. */
export class EarlyEnd {
  readonly end: EndOfRun;

  constructor(end: EndOfRun) {
    this.end = end;
  }
}

/**
 * One link of the pipeline: it needs what the stage before it gives. `run` is a property on purpose: method syntax is
 * bivariant and would let a wrong order compile.
 */
export interface Stage<Input, Output> {
  readonly name: StageName;
  /** True for a stage that only a lost lease may stop: what was paid for must be kept. @defaultValue false */
  readonly isUnstoppable?: boolean;
  readonly run: (input: Input, context: RunContext) => Promise<Output | EarlyEnd>;
}
