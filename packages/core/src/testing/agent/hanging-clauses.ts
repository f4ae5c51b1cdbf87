import assert from "node:assert/strict";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { sleep } from "../../lifecycle/system-clock.js";
import type { AgentJob, AgentRunner } from "../../ports/agent-runner.js";
import type { ContractClause } from "../contract-cases.js";
import { eventually } from "../eventually.js";
import { createAgentJobFixture } from "./agent-job-fixture.js";
import { runJob } from "./run-job.js";

/** A runner whose agent never ends by itself. */
export const hangingClauses: readonly ContractClause<AgentRunner>[] = [
  {
    name: "an abort ends the agent with all it started, and is reported as agent_aborted",
    async check(runner) {
      const { job, dispose } = await createAgentJobFixture();
      try {
        const abort = new AbortController();
        const run = runJob(runner, job, abort.signal);
        await eventually("the agent's heartbeat", async () => ((await heartbeats(job)) > 0 ? true : null));
        abort.abort();
        const { outcome } = await run;
        assert.equal(outcome.reason, "agent_aborted");
        await assertSilent(job);
      } finally {
        await dispose();
      }
    },
  },
  {
    name: "an abort before the start starts nothing",
    async check(runner) {
      const { job, dispose } = await createAgentJobFixture();
      try {
        assert.equal((await runJob(runner, job, AbortSignal.abort())).outcome.reason, "agent_aborted");
        assert.deepEqual(await readdir(job.directory), []);
      } finally {
        await dispose();
      }
    },
  },
  {
    name: "the job's time limit ends the agent with all it started, and is reported as agent_timed_out",
    async check(runner) {
      const { job, dispose } = await createAgentJobFixture({ timeoutMs: 1500 });
      try {
        assert.equal((await runJob(runner, job)).outcome.reason, "agent_timed_out");
        await assertSilent(job);
      } finally {
        await dispose();
      }
    },
  },
];

async function heartbeats(job: AgentJob): Promise<number> {
  const file = await stat(join(job.directory, "heartbeat.txt")).catch(() => null);
  return file?.size ?? 0;
}

async function assertSilent(job: AgentJob): Promise<void> {
  const before = await heartbeats(job);
  await sleep(200);
  assert.equal(await heartbeats(job), before, "something of the agent is still alive");
}
