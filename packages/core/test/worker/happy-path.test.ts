import { describe, expect, test } from "vitest";
import { createMemoryStore } from "../../src/memory/create-memory-store.js";
import type { Store } from "../../src/ports/store.js";
import { noUsage } from "../../src/task/agent-outcome.js";
import { eventually } from "../../src/testing/eventually.js";
import { createBench } from "./fixtures/create-bench.js";

const stages = [
  "resolve-repository",
  "admit",
  "gather-context",
  "prepare-workspace",
  "index-workspace",
  "run-agent",
  "checkpoint",
  "publish-result",
  "complete-task",
];

describe("a task that goes well", () => {
  test("has one status message, edited as it moves, ending with the pull request", async () => {
    const bench = await createBench();
    const taskId = await bench.ask();
    await bench.startWorker();
    const task = await bench.ended(taskId);
    expect(task).toMatchObject({ status: "succeeded", reason: null, attempt: 1 });
    const shown = bench.bodies.map((body) => body.match(/\[>\] .*/)?.[0] ?? body.split("\n")[0]);
    expect(shown).toEqual(["[>] Getting ready", "[>] Working on it", "[>] Publishing the change", "agentbot is done."]);
    expect(bench.comments()).toEqual([bench.bodies.at(-1)]);
    expect(bench.comments()[0]).toContain("Fixed it.");
    expect(bench.comments()[0]).toContain(`#1001: ${task.result?.pullRequest?.url}`);
    expect(bench.acme.conversation.acknowledged).toHaveLength(1);
  });

  test("publishes one branch and one pull request whose conversation is the same thread", async () => {
    const bench = await createBench();
    const taskId = await bench.ask();
    await bench.startWorker();
    const task = await bench.ended(taskId);
    const branch = `agentbot/${taskId}`;
    const commit = bench.remote.branches.get(branch) ?? "";
    expect(bench.remote.filesOf(commit)).toHaveProperty(["fixed.ts"], "export const isFixed = true;\n");
    expect(bench.acme.codeHost.pullRequests).toMatchObject([{ headBranch: branch, baseBranch: "main", number: 1001 }]);
    expect(task.result).toMatchObject({ summary: "Fixed it.", branch, commit, pullRequest: { number: 1001 } });
    const [pullRequest] = bench.acme.codeHost.pullRequests;
    const { provider, tenant } = bench.acme.repository;
    const thread = await bench.store.threads.find({ provider, tenant, alias: pullRequest?.threadAlias ?? "" });
    expect(thread?.id).toBe(task.threadId);
  });

  test("stores what the agent used, on which model and in which session", async () => {
    const usage = { ...noUsage, costUsd: 0.25, inputTokens: 100, outputTokens: 20 };
    const bench = await createBench({ script: async () => ({ usage, sessionId: "session-1", model: "model-1" }) });
    const taskId = await bench.ask();
    await bench.startWorker();
    const task = await bench.ended(taskId);
    expect(task).toMatchObject({ usage, sessionId: "session-1", model: "model-1", agent: "scripted" });
    expect(await bench.store.threads.findById(task.threadId)).toMatchObject({ sessionId: "session-1" });
  });

  test("leaves a transcript of every stage and every act of the agent, in order", async () => {
    const bench = await createBench();
    const taskId = await bench.ask();
    await bench.startWorker();
    await bench.ended(taskId);
    const lines = await bench.store.transcript.read(taskId, { afterSeq: 0, limit: 100 });
    const events = lines.map(({ type, data }) => (data["stage"] ? `${type} ${data["stage"]}` : type));
    const ofStage = (stage: string): string[] => [
      `stage:started ${stage}`,
      ...(stage === "run-agent" ? ["agent:started", "agent:tool-called", "agent:tool-returned", "agent:finished"] : []),
      `stage:finished ${stage}`,
    ];
    expect(events).toEqual(["task:begun", ...stages.flatMap(ofStage), "task:settled"]);
    expect(lines.at(-1)?.data).toEqual({ status: "succeeded", reason: null });
  });

  test("emits its lifecycle in order and is counted", async () => {
    const bench = await createBench();
    const taskId = await bench.ask();
    await bench.startWorker();
    await bench.ended(taskId);
    await eventually("the last event", () => (bench.seen.includes("task:settled") ? true : null));
    expect(bench.seen.filter((name) => name.startsWith("stage:started"))).toEqual(
      stages.map((stage) => `stage:started ${stage}`),
    );
    expect(bench.seen[0]).toBe("task:begun");
    expect(bench.seen.slice(-2)).toEqual(["stage:finished complete-task", "task:settled"]);
    expect(bench.seen.filter((name) => name.startsWith("effect"))).toEqual([
      "effect:performed status-comment performed",
      "effect:performed branch performed",
      "effect:performed pull-request performed",
    ]);
    const metrics = bench.metrics.render("text");
    expect(metrics).toContain('agentbot_tasks_total{status="succeeded",trigger="mention",agent="scripted"} 1');
    expect(metrics).toContain('agentbot_effects_total{kind="pull-request",outcome="performed"} 1');
    expect(metrics).toContain('agentbot_task_stage_duration_seconds_count{stage="run-agent"} 1');
    expect(metrics).toMatch(/agentbot_task_wait_seconds_count 1/);
    await eventually("an empty queue", async () => {
      const { waiting, delayed, claimed, buried } = await bench.queue.stats();
      return waiting + delayed + claimed + buried === 0 ? true : null;
    });
  });

  test("has revoked its credential and removed its work tree before the store settles it", async () => {
    const store = createMemoryStore();
    const atSettle: unknown[] = [];
    const watched: Store = {
      ...store,
      tasks: {
        ...store.tasks,
        async settle(lease, settlement) {
          atSettle.push([settlement.status, bench.acme.codeHost.liveCredentials.length, bench.workspaces.live.size]);
          await store.tasks.settle(lease, settlement);
        },
      },
    };
    const bench = await createBench({ store: watched });
    await bench.startWorker();
    await bench.ended(await bench.ask());
    expect(atSettle).toEqual([["succeeded", 0, 0]]);
  });

  test("without a change succeeds without branch and pull request", async () => {
    const bench = await createBench({ script: async () => ({ summary: "There was nothing to do." }) });
    const taskId = await bench.ask();
    await bench.startWorker();
    expect(await bench.ended(taskId)).toMatchObject({
      status: "succeeded",
      result: { summary: "There was nothing to do.", branch: null, commit: null, pullRequest: null },
    });
    expect([bench.remote.pushCount, bench.acme.codeHost.pullRequests]).toEqual([0, []]);
    expect(bench.comments()).toEqual([expect.stringContaining("is done; no file was changed.")]);
  });
});
