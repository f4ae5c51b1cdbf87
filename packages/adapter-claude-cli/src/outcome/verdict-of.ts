import type { FinishedRun } from "./finished-run.js";
import { isUnknownSession } from "./unknown-session.js";
import { finalFailure, passingFailure, type Verdict } from "./verdict.js";
import { verdictOfResult } from "./verdict-of-result.js";

/** Says what a run came to; the first rule that fits decides. */
export function verdictOf(run: FinishedRun): Verdict {
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
  const said = stderrTail.trim();
  if (isUnknownSession(said)) return finalFailure("agent_session_unknown", said);
  // Shells report a death by signal as 128 + its number, and so does the CLI.
  const wasKilled = signal !== null || exitCode === null || exitCode >= 128;
  if (record.counts.lines === 0 && !wasKilled) {
    return finalFailure(
      "agent_misconfigured",
      said || `The agent program left with code ${exitCode} and said nothing.`,
    );
  }
  const how = signal ?? `code ${exitCode}`;
  return passingFailure(
    "agent_interrupted",
    `The agent's process ended (${how}) before its result.${said && ` ${said}`}`,
  );
}
