import type { AgentOutcome } from "@agentbot/core";
import { isSessionId } from "../claude-home.js";
import type { CleanText } from "../clean-text.js";
import type { RunRecord } from "../stream/run-record.js";
import {
  type FinishedRun,
  finalFailure,
  isUnknownSession,
  passingFailure,
  type Verdict,
  verdictOfResult,
} from "./verdict-of-result.js";

const maxSummaryBytes = 64 * 1024;

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
