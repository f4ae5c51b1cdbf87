import type { AgentFailureReason, AgentOutcome, LaunchResult } from "@agentbot/core";
import { shortenText } from "@agentbot/core/adapter";
import { isSessionId } from "../claude-home.js";
import type { CleanText } from "../clean-text.js";
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
interface Verdict {
  /** Null if it succeeded. */
  readonly reason: AgentFailureReason | null;
  readonly isRetryable: boolean;
  /** The agent's words, or the runner's. */
  readonly summary: string;
}

/** More than the worker keeps of it, once it has removed secrets. */
const maxSummaryBytes = 128 * 1024;

/** Returns how a run ended: the verdict and the figures. */
export function outcomeOf(run: FinishedRun, clean: CleanText): AgentOutcome {
  const { record } = run;
  const verdict = verdictOf(run);
  return {
    status: verdict.reason === null ? "succeeded" : "failed",
    reason: verdict.reason,
    isRetryable: verdict.isRetryable,
    summary: clean(verdict.summary, maxSummaryBytes),
    sessionId: verdict.reason === "agent_session_unknown" ? null : sessionIdOf(record),
    model: modelOf(record, clean),
    turns: record.result()?.num_turns ?? record.usage.messages(),
    usage: record.usage.total(run.isResumed),
  };
}

/** The first rule that applies decides. */
function verdictOf(run: FinishedRun): Verdict {
  const { process, record, watchCause } = run;
  const result = record.result();
  const objection = record.objection();

  if (run.wasAborted) return passingFailure("agent_aborted", "The run was stopped from outside.");
  if (objection !== null) return finalFailure("agent_misconfigured", `The agent was stopped: ${objection}.`);
  if (watchCause === "overspent") return finalFailure("budget", "The agent used up its budget.");
  if (result !== null && (watchCause === "lingering" || process.end === "exited")) {
    return verdictOfResult(result, run);
  }
  if (watchCause === "no-start") return passingFailure("agent_timed_out", "The agent did not start in time.");
  if (watchCause === "idle") return passingFailure("agent_timed_out", "The agent fell silent for too long.");
  if (process.end === "timed-out") {
    return result === null ? finalFailure("agent_timed_out", "The agent took too long.") : verdictOfResult(result, run);
  }
  if (process.end === "output-limit") return finalFailure("agent_failed", "The agent wrote more than it may.");
  return verdictWithoutResult(run);
}

function verdictWithoutResult({ process, record }: FinishedRun): Verdict {
  const { exitCode, signal, stderrTail } = process;
  const message = stderrTail.trim();
  if (isUnknownSession(message)) return finalFailure("agent_session_unknown", message);
  // Shells report a death by signal as 128 + its number, and so does the CLI.
  const wasKilled = signal !== null || exitCode === null || exitCode >= 128;
  if (record.counts.lines === 0 && !wasKilled) {
    const silent = `The agent program ended with code ${exitCode} and without output.`;
    return finalFailure("agent_misconfigured", message || silent);
  }
  const how = signal ?? `code ${exitCode}`;
  const ended = `The agent's process ended (${how}) before its result.`;
  return passingFailure("agent_interrupted", message ? `${ended} ${message}` : ended);
}

/** A failure that would be the same the next time; the CLI has already repeated what is worth repeating. */
function finalFailure(reason: AgentFailureReason, summary: string): Verdict {
  return { reason, isRetryable: false, summary };
}

/** A failure that another attempt may not meet. */
function passingFailure(reason: AgentFailureReason, summary: string): Verdict {
  return { reason, isRetryable: true, summary };
}

/** Returns whether the session to resume is missing. The CLI reports it in an error line, older versions on stderr. */
function isUnknownSession(text: string): boolean {
  return /no conversation found with session id|--resume requires a valid session/i.test(text);
}

/**
 * Returns the verdict of a run with a result line. Success takes all three: the subtype is `success`, `is_error` is
 * false, and the last answer is not a failed API request. `subtype` cannot be trusted alone: API errors have the subtype
 * `success`, and 2.0.76 reports exhausted turns without an error.
 */
function verdictOfResult(result: ResultLine, run: FinishedRun): Verdict {
  const { terminal_reason: ending } = result;
  const text = [result.result, ...result.errors].filter(Boolean).join("\n") || run.process.stderrTail.trim();

  if (result.subtype === "error_max_turns" || ending === "max_turns") {
    return finalFailure("agent_max_turns", text || "The agent used up its turns.");
  }
  if (result.subtype === "error_max_budget_usd" || ending === "budget_exhausted") {
    return finalFailure("budget", text || "The agent used up its budget.");
  }
  const isSuccess = result.subtype === "success" && result.is_error === false && run.record.apiError() === null;
  if (isSuccess) return { reason: null, isRetryable: false, summary: [text, ...notesOn(result, run)].join("\n\n") };
  if (result.subtype === "error_during_execution" && isUnknownSession(`${text}\n${run.process.stderrTail}`)) {
    return finalFailure("agent_session_unknown", text);
  }
  if (ending?.startsWith("aborted")) {
    return passingFailure("agent_interrupted", `The agent was interrupted (${ending}).`);
  }
  const { record } = run;
  const failure: ApiFailure = { result, error: record.apiError(), wasRefused: record.wasRefused(), text };
  const reason = apiFailureOf(failure);
  const summary = text || `The agent failed (${result.subtype}).`;
  if (isOutage(reason, failure)) return passingFailure(reason ?? "agent_failed", summary);
  // The API refuses what a damaged or overlong session sends, in every later run of the thread too.
  const isOfSession = run.isResumed && (reason === "agent_api" || reason === "agent_prompt_too_long");
  return finalFailure(isOfSession ? "agent_session_unknown" : (reason ?? "agent_failed"), summary);
}

/** Maximum number of tools that a note names. */
const maxDenials = 5;

/** Returns what a reader has to know beside a success: tools that were denied, and an end that was not clean. */
function notesOn({ permission_denials: denials }: ResultLine, { process, watchCause }: FinishedRun): string[] {
  const tools = [...new Set(denials.map(({ tool_name: name }) => shortenText(name, 100)))];
  const named = `${tools.slice(0, maxDenials).join(", ")}${tools.length > maxDenials ? ", …" : ""}`;
  const hasEndedWell = process.end !== "exited" || process.exitCode === 0 || watchCause === "lingering";
  const how = process.signal ?? `code ${process.exitCode}`;
  return [
    ...(tools.length === 0 ? [] : [`Tools that the agent was not allowed to use: ${named}.`]),
    // The result is complete: what failed is what comes after it, such as the end of a server of tools.
    ...(hasEndedWell ? [] : [`After its result the agent's process ended with ${how}.`]),
  ];
}

// A session whose id changes during the run, or is malformed, can't be resumed.
function sessionIdOf(record: RunRecord): string | null {
  const first = record.init()?.session_id ?? null;
  const last = record.result()?.session_id ?? null;
  const id = last ?? first;
  if (id === null || !isSessionId(id)) return null;
  return first === null || first === id ? id : null;
}

function modelOf(record: RunRecord, clean: CleanText): string | null {
  const model = record.init()?.model ?? record.usage.model();
  return model === null ? null : clean(model, 200);
}
