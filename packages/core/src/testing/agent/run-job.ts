import assert from "node:assert/strict";
import type { AgentEvent, AgentJob, AgentRunner } from "../../ports/agent-runner.js";
import type { Launch } from "../../ports/launch.js";
import { type AgentOutcome, agentOutcomeSchema } from "../../task/agent-outcome.js";
import { launchFor } from "./agent-job-fixture.js";

/** The outcome and the events of a run. */
export interface JobRun {
  readonly outcome: AgentOutcome;
  readonly events: readonly AgentEvent[];
}

/** Runs a job and checks its outcome: the schema, and that status and reason agree. */
export async function runJob(
  runner: AgentRunner,
  job: AgentJob,
  signal: AbortSignal = new AbortController().signal,
  launch: Launch = launchFor(job),
): Promise<JobRun> {
  const events: AgentEvent[] = [];
  const outcome = await runner.run(job, { signal, onEvent: (event) => events.push(event), launch });
  assert.deepEqual(agentOutcomeSchema.strict().parse(outcome), outcome, "the outcome has the fields of its schema");
  assert.equal(outcome.reason === null, outcome.status === "succeeded", "a failure has a reason, a success has none");
  return { outcome, events };
}
