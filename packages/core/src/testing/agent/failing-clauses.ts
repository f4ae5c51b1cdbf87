import assert from "node:assert/strict";
import type { AgentRunner } from "../../ports/agent-runner.js";
import type { ContractClause } from "../contract-cases.js";
import { createAgentJobFixture } from "./agent-job-fixture.js";
import { runJob } from "./run-job.js";

/** A runner whose agent fails. */
export const failingClauses: readonly ContractClause<AgentRunner>[] = [
  {
    name: "an expected failure is a value with a reason and a sentence",
    async check(runner) {
      const { job, dispose } = await createAgentJobFixture();
      try {
        const { outcome } = await runJob(runner, job);
        assert.equal(outcome.status, "failed");
        assert.ok(outcome.reason !== "agent_aborted" && outcome.reason !== "agent_timed_out");
        assert.notEqual(outcome.summary, "");
      } finally {
        await dispose();
      }
    },
  },
];
