import type { ResultLine } from "../stream/line-schemas.js";
import { type ApiFailure, apiFailureOf, isOutage } from "./api-failure-of.js";
import type { FinishedRun } from "./finished-run.js";
import { isUnknownSession } from "./unknown-session.js";
import { finalFailure, passingFailure, type Verdict } from "./verdict.js";

/**
 * What a result line means. Success takes all three: the line says success, it is not an error, and the process left
 * with 0 (or had to be sent off after its result). Neither `subtype` nor the exit code can be trusted alone: API errors
 * have the subtype `success`, an interrupted run leaves with 0, and 2.0.76 reports exhausted turns as no error.
 */
export function verdictOfResult(result: ResultLine, run: FinishedRun): Verdict {
  const { terminal_reason: ending } = result;
  const said = [result.result, ...result.errors].filter(Boolean).join("\n") || run.process.stderrTail.trim();

  if (result.subtype === "error_max_turns" || ending === "max_turns") {
    return finalFailure("agent_max_turns", said || "The agent used up its turns.");
  }
  if (result.subtype === "error_max_budget_usd" || ending === "budget_exhausted") {
    return finalFailure("budget", said || "The agent used up its budget.");
  }
  if (result.subtype === "success" && result.is_error === false) return verdictOfSuccess(said, run);
  if (result.subtype === "error_during_execution" && isUnknownSession(`${said}\n${run.process.stderrTail}`)) {
    return finalFailure("agent_session_unknown", said);
  }
  if (ending?.startsWith("aborted")) {
    return passingFailure("agent_interrupted", `The agent was interrupted (${ending}).`);
  }
  const failure: ApiFailure = {
    result,
    error: run.record.apiError(),
    wasRefused: run.record.wasRefused(),
    text: said,
  };
  const reason = apiFailureOf(failure);
  const verdict = isOutage(reason, failure) ? passingFailure : finalFailure;
  return verdict(reason ?? "agent_failed", said || `The agent failed (${result.subtype}).`);
}

// A process that breaks down after its success may not have written all it says it did.
function verdictOfSuccess(said: string, { process, watchCause }: FinishedRun): Verdict {
  const hasLeftWell = process.end !== "exited" || process.exitCode === 0 || watchCause === "lingering";
  if (hasLeftWell) return { reason: null, isRetryable: false, summary: said };
  const how = process.signal ?? `code ${process.exitCode}`;
  return passingFailure("agent_interrupted", `The agent reported success, but its process ended with ${how}. ${said}`);
}
