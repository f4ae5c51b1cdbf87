import assert from "node:assert/strict";
import type { AgentEvent, AgentJob, AgentRunner } from "../../ports/agent-runner.js";
import { type AgentOutcome, agentOutcomeSchema } from "../../task/agent-outcome.js";

/** A run of a job, with what it told on the way. */
export interface JobRun {
  readonly outcome: AgentOutcome;
  readonly events: readonly AgentEvent[];
}

/** Runs a job and checks what every outcome must hold to: its schema, and that status and reason agree. */
export async function runJob(
  runner: AgentRunner,
  job: AgentJob,
  signal: AbortSignal = new AbortController().signal,
): Promise<JobRun> {
  const events: AgentEvent[] = [];
  const outcome = await runner.run(job, { signal, onEvent: (event) => events.push(event) });
  assert.deepEqual(agentOutcomeSchema.strict().parse(outcome), outcome, "the outcome has the fields of its schema");
  assert.equal(outcome.reason === null, outcome.status === "succeeded", "a failure has a reason, a success has none");
  return { outcome, events };
}
