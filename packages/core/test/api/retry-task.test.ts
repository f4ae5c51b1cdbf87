import { describe, expect, test } from "vitest";
import { AgentBotError } from "../../src/errors/agentbot-error.js";
import { deliveryFixture } from "../../src/testing/delivery-fixture.js";
import { eventually } from "../../src/testing/eventually.js";
import type { Script } from "../../src/testing/scripted-runner.js";
import { recordTask } from "../../src/testing/store/record-task.js";
import { createBench, fixIt } from "../worker/fixtures/create-bench.js";
import { startApi } from "./fixtures/start-api.js";

/** Fails for good the first time, and does the work after that. */
function failOnce(): Script {
  let runs = 0;
  return async (run) => {
    runs += 1;
    return runs === 1 ? { status: "failed", reason: "agent_auth", isRetryable: false } : await fixIt(run);
  };
}

describe("POST /api/tasks/{id}/retry", () => {
  test("queues a dead letter again: it runs from its first attempt, in the same comment", async () => {
    const bench = await createBench({ script: failOnce() });
    const api = await startApi({ store: bench.store, queue: bench.queue, pubSub: bench.pubSub });
    const taskId = await bench.ask();
    await bench.startWorker();
    expect(await bench.ended(taskId)).toMatchObject({ status: "failed", reason: "agent_auth", attempt: 1 });
    const answer = await api.post(`/api/tasks/${taskId}/retry`);
    expect([answer.status, answer.json]).toEqual([200, { taskId, status: "queued" }]);
    expect(await bench.ended(taskId)).toMatchObject({ status: "succeeded", attempt: 1, reason: null });
    expect(bench.agent.jobs).toHaveLength(2);
    expect(bench.comments()).toEqual([expect.stringContaining("#1001")]);
    expect(bench.remote.branches.has(`agentbot/${taskId}`)).toBe(true);
    const types = (await bench.store.transcript.read(taskId, { afterSeq: 0, limit: 100 })).map(({ type }) => type);
    expect(types.filter((type) => type.startsWith("task:"))).toEqual([
      ...["task:begun", "task:settled", "task:reopened", "task:begun", "task:settled"],
    ]);
    await eventually("the queue to be empty", async () => {
      const { waiting, claimed, delayed, buried } = await bench.queue.stats();
      return waiting + claimed + delayed + buried === 0 ? true : null;
    });
  });

  test("publishes work that is finished without running the agent again", async () => {
    const bench = await createBench();
    const api = await startApi({ store: bench.store, queue: bench.queue, pubSub: bench.pubSub });
    let isRefused = true;
    const openPullRequest: typeof bench.acme.codeHost.openPullRequest = async (...given) => {
      if (isRefused) throw new AgentBotError("PROVIDER_REJECTED", "No pull requests here");
      return await bench.acme.codeHost.openPullRequest(...given);
    };
    const provider = { ...bench.provider, codeHost: { ...bench.acme.codeHost, openPullRequest } };
    const taskId = await bench.ask();
    await bench.startWorker({ providers: [provider] });
    expect(await bench.ended(taskId)).toMatchObject({ status: "failed", reason: "provider_rejected" });
    const commit = bench.remote.branches.get(`agentbot/${taskId}`);
    isRefused = false;
    await api.post(`/api/tasks/${taskId}/retry`);
    expect(await bench.ended(taskId)).toMatchObject({ status: "succeeded", attempt: 1 });
    expect(bench.agent.jobs).toHaveLength(1);
    expect(bench.remote.branches.get(`agentbot/${taskId}`)).toEqual(commit);
    expect(bench.acme.codeHost.pullRequests).toHaveLength(1);
    expect(bench.comments()).toHaveLength(1);
  });

  test("runs a task that was stopped before it began", async () => {
    const bench = await createBench();
    const api = await startApi({ store: bench.store, queue: bench.queue, pubSub: bench.pubSub });
    const taskId = await bench.ask();
    await api.post(`/api/tasks/${taskId}/cancel`);
    await api.post(`/api/tasks/${taskId}/retry`);
    await bench.startWorker();
    expect(await bench.ended(taskId)).toMatchObject({ status: "succeeded", reason: null });
  });

  test("gives no new money: a task that has spent its budget ends by it again", async () => {
    const spend: Script = async () => ({
      ...{ status: "failed", reason: "budget", isRetryable: false },
      usage: { costUsd: 5, inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheCreationTokens: 0 },
    });
    const bench = await createBench({ script: spend });
    const api = await startApi({ store: bench.store, queue: bench.queue, pubSub: bench.pubSub });
    const taskId = await bench.ask();
    await bench.startWorker({ taskBudgetUsd: 5 });
    await bench.ended(taskId);
    await api.post(`/api/tasks/${taskId}/retry`);
    const task = await bench.taskWhen(taskId, "to end again", ({ status, fence }) => status === "failed" && fence > 1);
    expect(task).toMatchObject({ reason: "budget", usage: { costUsd: 5 } });
    expect(bench.agent.jobs).toHaveLength(1);
  });

  test("that comes while the worker still buries the entry is not lost", async () => {
    const bench = await createBench({ script: failOnce() });
    const claim: typeof bench.queue.claim = async (request) =>
      (await bench.queue.claim(request)).map((entry) => ({
        ...entry,
        bury: async (reason: string) => {
          // The task has failed in the store, not yet in the queue: a retry is requested at that moment.
          expect((await api.post(`/api/tasks/${entry.entry.id}/retry`)).status).toBe(200);
          await entry.bury(reason);
        },
      }));
    const queue = { ...bench.queue, claim };
    const api = await startApi({ store: bench.store, queue: bench.queue, pubSub: bench.pubSub });
    const taskId = await bench.ask();
    await bench.startWorker({ queue });
    await bench.taskWhen(taskId, "to succeed", ({ status }) => status === "succeeded");
  });

  test("is refused for what waits, runs, has succeeded or is unknown", async () => {
    const bench = await createBench();
    const api = await startApi({ store: bench.store, queue: bench.queue, pubSub: bench.pubSub });
    const waiting = await recordTask(api.store);
    const early = await api.post(`/api/tasks/${waiting.taskId}/retry`);
    expect([early.status, early.json["code"]]).toEqual([409, "TASK_NOT_FINAL"]);
    const taskId = await bench.ask();
    await bench.startWorker();
    await bench.ended(taskId);
    const done = await api.post(`/api/tasks/${taskId}/retry`);
    expect([done.status, done.json["code"]]).toEqual([409, "TASK_SUCCEEDED"]);
    expect((await api.post("/api/tasks/nobody/retry")).json["code"]).toBe("TASK_UNKNOWN");
  });

  test("is refused while the installation is suspended", async () => {
    const api = await startApi();
    const { taskId, tenant } = await recordTask(api.store);
    const change = { kind: "suspended", removedRepositoryIds: [] } as const;
    await api.store.inbox.record(deliveryFixture(), { kind: "installation", tenant, change });
    const answer = await api.post(`/api/tasks/${taskId}/retry`);
    expect([answer.status, answer.json["code"]]).toEqual([409, "INSTALLATION_INACTIVE"]);
  });
});
