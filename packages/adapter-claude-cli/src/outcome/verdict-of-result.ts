import type { AgentFailureReason, LaunchResult } from "@agentbot/core";
import type { WatchCause } from "../run-watch.js";
import type { ResultLine } from "../stream/line-schemas.js";
import type { RunRecord } from "../stream/run-record.js";
import { type ApiFailure, apiFailureOf, isOutage } from "./api-failure-of.js";

/** A run that is over, with everything its outcome depends on. */
export interface FinishedRun {
  readonly process: LaunchResult;
  readonly record: RunRecord;
  /** The reason for which the watch ended it, or null. */
  readonly watchCause: WatchCause | null;
  /** Whether the worker aborted it. */
  readonly wasAborted: boolean;
  /** Whether it resumed a session. */
  readonly isResumed: boolean;
}

/** The end of a run, before the figures are added. */
export interface Verdict {
  /** Null if it succeeded. */
  readonly reason: AgentFailureReason | null;
  readonly isRetryable: boolean;
  /** The agent's words, or the runner's. */
  readonly summary: string;
}

/** A failure that would be the same the next time; the CLI has already repeated what is worth repeating. */
export function finalFailure(reason: AgentFailureReason, summary: string): Verdict {
  return { reason, isRetryable: false, summary };
}

/** A failure that another attempt may not meet. */
export function passingFailure(reason: AgentFailureReason, summary: string): Verdict {
  return { reason, isRetryable: true, summary };
}

/** Returns whether the session to resume is missing. The CLI reports it in an error line, older versions on stderr. */
export function isUnknownSession(text: string): boolean {
  return /no conversation found with session id|--resume requires a valid session/i.test(text);
}

/**
 * Returns the verdict of a run with a result line. Success takes all three: the subtype is `success`, `is_error` is
 * false, and the process ended with 0 (or was ended after its result). Neither `subtype` nor the exit code can be
 * trusted alone: API errors have the subtype `success`, an interrupted run ends with 0, and 2.0.76 reports exhausted
 * turns without an error.
 */
export function verdictOfResult(result: ResultLine, run: FinishedRun): Verdict {
  const { terminal_reason: ending } = result;
  const text = [result.result, ...result.errors].filter(Boolean).join("\n") || run.process.stderrTail.trim();

  if (result.subtype === "error_max_turns" || ending === "max_turns") {
    return finalFailure("agent_max_turns", text || "The agent used up its turns.");
  }
  if (result.subtype === "error_max_budget_usd" || ending === "budget_exhausted") {
    return finalFailure("budget", text || "The agent used up its budget.");
  }
  if (result.subtype === "success" && result.is_error === false) return verdictOfSuccess(text, run);
  if (result.subtype === "error_during_execution" && isUnknownSession(`${text}\n${run.process.stderrTail}`)) {
    return finalFailure("agent_session_unknown", text);
  }
  if (ending?.startsWith("aborted")) {
    return passingFailure("agent_interrupted", `The agent was interrupted (${ending}).`);
  }
  const { record } = run;
  const failure: ApiFailure = { result, error: record.apiError(), wasRefused: record.wasRefused(), text };
  const reason = apiFailureOf(failure);
  const verdict = isOutage(reason, failure) ? passingFailure : finalFailure;
  return verdict(reason ?? "agent_failed", text || `The agent failed (${result.subtype}).`);
}

// A process that crashes after reporting success may not have written all its work.
function verdictOfSuccess(text: string, { process, watchCause }: FinishedRun): Verdict {
  const hasEndedWell = process.end !== "exited" || process.exitCode === 0 || watchCause === "lingering";
  if (hasEndedWell) return { reason: null, isRetryable: false, summary: text };
  const how = process.signal ?? `code ${process.exitCode}`;
  return passingFailure("agent_interrupted", `The agent reported success, but its process ended with ${how}. ${text}`);
}
