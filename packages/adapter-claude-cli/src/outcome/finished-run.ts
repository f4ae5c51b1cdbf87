import type { ProcessResult } from "@agentbot/core/process";
import type { WatchCause } from "../run-watch.js";
import type { RunRecord } from "../stream/run-record.js";

/** A run that is over, with all that is known of it. */
export interface FinishedRun {
  readonly process: ProcessResult;
  readonly record: RunRecord;
  /** Why our watch ended it, or null. */
  readonly watchCause: WatchCause | null;
  /** Did the worker want it to stop? */
  readonly wasAborted: boolean;
  /** Did it resume a session? */
  readonly isResumed: boolean;
}
