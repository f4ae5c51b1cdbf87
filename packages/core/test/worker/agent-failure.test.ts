import { describe, expect, test } from "vitest";
import { type AgentFailureReason, agentFailureReasonSchema, noUsage } from "../../src/task/agent-outcome.js";
import { eventually } from "../../src/testing/eventually.js";
import type { Script } from "../../src/testing/scripted-runner.js";
import { createBench } from "./fixtures/create-bench.js";

const spent = { ...noUsage, costUsd: 0.5, inputTokens: 10 };

function failing(reason: AgentFailureReason, isRetryable: boolean): Script {
  return async () => ({
    ...{ status: "failed", reason, isRetryable, usage: spent, sessionId: "session-1" },
    summary: "@everyone went wrong at /srv/secret",
  });
}

describe("an agent's run that fails", () => {
  test.each(agentFailureReasonSchema.options)(
    "for %s ends the task with that reason and one sentence",
    async (reason) => {
      const bench = await createBench({ script: failing(reason, false) });
      const taskId = await bench.ask();
      await bench.startWorker();
      expect(await bench.ended(taskId)).toMatchObject({ status: "failed", reason, attempt: 1, usage: spent });
      expect(bench.agent.jobs).toHaveLength(1);
      expect(bench.comments()).toHaveLength(1);
      expect(bench.comments()[0]).toMatch(/^agentbot could not do this\. [A-Z][^\n]+\.\nActions: retry$/);
      expect(bench.remote.pushCount).toBe(0);
    },
  );

  test("and may be tried again resumes its session with the money that is left", async () => {
    const bench = await createBench({
      script: async (run) =>
        run.number === 1 ? failing("agent_overloaded", true)(run) : { usage: { ...noUsage, costUsd: 0.25 } },
    });
    const taskId = await bench.ask();
    await bench.startWorker({ taskBudgetUsd: 2 });
    const task = await bench.ended(taskId);
    expect(task).toMatchObject({ status: "succeeded", attempt: 2, sessionId: "session-1" });
    expect(task.usage).toMatchObject({ costUsd: 0.75, inputTokens: 10 });
    expect(bench.agent.jobs.map(({ sessionId, budgetUsd }) => [sessionId, budgetUsd])).toEqual([
      [null, 2],
      ["session-1", 1.5],
    ]);
    expect(bench.agent.jobs[0]?.prompt).not.toContain("fresh checkout");
    expect(bench.agent.jobs[1]?.prompt).toContain("fresh checkout");
    expect(bench.bodies).toContainEqual(expect.stringContaining("waits. An attempt failed"));
    expect(bench.metrics.render("text")).toMatch(/agentbot_task_wait_seconds_count 1\n/);
    expect(bench.workspaces.requests[1]?.baseCommit).toBe(bench.remote.branches.get("main"));
  });

  test("to the end is a dead letter with the agent's own reason, said in the thread", async () => {
    const bench = await createBench({ script: failing("agent_rate_limited", true) });
    const taskId = await bench.ask();
    await bench.startWorker({ maxAttempts: 3 });
    const task = await bench.ended(taskId);
    expect(task).toMatchObject({ status: "failed", reason: "agent_rate_limited", attempt: 3 });
    expect(task.usage.costUsd).toBeCloseTo(1.5);
    expect(bench.comments()).toEqual([expect.stringContaining("too many requests (429)")]);
    await eventually("the entry to be buried", async () => ((await bench.queue.stats()).buried === 1 ? true : null));
  });

  test("never puts the agent's words into the comment", async () => {
    const bench = await createBench({ script: failing("agent_interrupted", true) });
    const taskId = await bench.ask();
    await bench.startWorker({ maxAttempts: 1 });
    await bench.ended(taskId);
    expect(bench.bodies.join()).not.toMatch(/@everyone|secret/);
  });
});

describe("an unexpected error", () => {
  test("is tried again, and may pass", async () => {
    const bench = await createBench({
      script: async ({ number }) => {
        if (number === 1) throw new TypeError("undefined is not /srv/bot/secret");
        return { summary: "Fine." };
      },
    });
    const taskId = await bench.ask();
    await bench.startWorker();
    expect(await bench.ended(taskId)).toMatchObject({ status: "succeeded", attempt: 2 });
  });

  test("to the end is internal_error, shown without internal details", async () => {
    const bench = await createBench({
      script: async () => {
        throw new TypeError("undefined is not /srv/bot/secret");
      },
    });
    const taskId = await bench.ask();
    await bench.startWorker({ maxAttempts: 2 });
    expect(await bench.ended(taskId)).toMatchObject({ status: "failed", reason: "internal_error", attempt: 2 });
    expect(bench.comments()).toEqual([
      expect.stringContaining("An internal error of the bot; its log has the details."),
    ]);
    expect(bench.bodies.join()).not.toMatch(/srv|undefined|TypeError/);
    expect(bench.acme.codeHost.liveCredentials).toEqual([]);
    expect(bench.workspaces.live.size).toBe(0);
  });

  test("of our own names nothing of the machine either", async () => {
    const bench = await createBench({ maxChangeCharacters: 10 });
    const taskId = await bench.ask();
    await bench.startWorker();
    expect(await bench.ended(taskId)).toMatchObject({ status: "failed", reason: "change_too_large", attempt: 1 });
    expect(bench.comments()).toEqual([expect.stringContaining("The change is larger than the bot may publish.")]);
    expect(bench.bodies.join()).not.toContain("agentbot-worker-");
  });
});
