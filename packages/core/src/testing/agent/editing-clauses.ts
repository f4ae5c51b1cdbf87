import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { AgentRunner } from "../../ports/agent-runner.js";
import type { ContractClause } from "../contract-cases.js";
import { createAgentJobFixture, launchFor } from "./agent-job-fixture.js";
import { runJob } from "./run-job.js";

/** A runner whose agent does its work. */
export const editingClauses: readonly ContractClause<AgentRunner>[] = [
  {
    name: "its name fits a metric's label",
    async check(runner) {
      assert.match(runner.name, /^[a-z][a-z0-9-]*$/);
      assert.ok(runner.credential === "held" || runner.credential === "proxied");
    },
  },
  {
    name: "its check, where it has one, finds no error in a runner that works, and leaves the directory empty",
    async check(runner) {
      const { job, dispose } = await createAgentJobFixture();
      try {
        const { signal } = new AbortController();
        const problems = (await runner.check?.({ signal, launch: launchFor(job) })) ?? [];
        assert.deepEqual(
          problems.filter(({ severity }) => severity === "error"),
          [],
        );
        assert.deepEqual(await readdir(job.directory), []);
      } finally {
        await dispose();
      }
    },
  },
  {
    name: "a success has the work in the tree, a summary, a session, a model and its usage",
    async check(runner) {
      const { job, dispose } = await createAgentJobFixture();
      try {
        const { outcome } = await runJob(runner, job);
        assert.equal(outcome.status, "succeeded", outcome.summary);
        assert.match(await readFile(join(job.directory, "contract.txt"), "utf8"), /edited by the agent/);
        assert.notEqual(outcome.summary, "");
        assert.ok(outcome.sessionId && outcome.model);
        assert.ok(outcome.turns > 0 && outcome.usage.inputTokens > 0 && outcome.usage.costUsd > 0);
      } finally {
        await dispose();
      }
    },
  },
  {
    name: "its events are the start first, then messages and tool calls, as small plain JSON",
    async check(runner) {
      const { job, dispose } = await createAgentJobFixture();
      try {
        const { events } = await runJob(runner, job);
        const types = events.map((event) => event.type);
        assert.equal(types[0], "agent:started");
        assert.ok(types.includes("agent:message"));
        assert.ok(types.indexOf("agent:tool-called") < types.indexOf("agent:tool-returned"));
        assert.ok(types.includes("agent:tool-called"));
        for (const event of events) {
          const json = JSON.stringify(event.data);
          assert.deepEqual(JSON.parse(json), event.data);
          assert.ok(json.length < 16 * 1024, `an event of ${json.length} characters`);
        }
      } finally {
        await dispose();
      }
    },
  },
  {
    name: "a second run resumes the session of the first",
    capability: "resume",
    async check(runner) {
      const { job, dispose } = await createAgentJobFixture();
      try {
        const first = await runJob(runner, job);
        const second = await runJob(runner, { ...job, sessionId: first.outcome.sessionId });
        assert.equal(second.outcome.status, "succeeded", second.outcome.summary);
        assert.equal(second.outcome.sessionId, first.outcome.sessionId);
      } finally {
        await dispose();
      }
    },
  },
  {
    name: "an unknown or malformed session does not fail the job",
    async check(runner) {
      for (const sessionId of [randomUUID(), "../../etc/passwd", "--help"]) {
        const { job, dispose } = await createAgentJobFixture({ sessionId });
        try {
          assert.equal((await runJob(runner, job)).outcome.status, "succeeded");
        } finally {
          await dispose();
        }
      }
    },
  },
  {
    name: "a budget of nothing starts nothing",
    capability: "budget",
    async check(runner) {
      const { job, dispose } = await createAgentJobFixture({ budgetUsd: 0 });
      try {
        assert.equal((await runJob(runner, job)).outcome.reason, "budget");
        assert.deepEqual(await readdir(job.directory), []);
      } finally {
        await dispose();
      }
    },
  },
];
