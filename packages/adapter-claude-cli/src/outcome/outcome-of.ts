import type { AgentOutcome } from "@agentbot/core";
import type { CleanText } from "../clean-text.js";
import { isSessionId } from "../session-id.js";
import type { RunRecord } from "../stream/run-record.js";
import type { FinishedRun } from "./finished-run.js";
import { verdictOf } from "./verdict-of.js";

/** No summary is longer, in bytes. */
const maxSummaryBytes = 64 * 1024;

/** How a run ended: the verdict and the figures. */
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

// A session that changes its name on the way, or has a name that is none, is not one to come back to.
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
