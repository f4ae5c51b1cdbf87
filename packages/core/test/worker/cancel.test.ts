import { describe, expect, test } from "vitest";
import { stopTask } from "../../src/cancellation/stop-task.js";
import { AgentBotError } from "../../src/errors/agentbot-error.js";
import { unlessAborted } from "../../src/lifecycle/unless-aborted.js";
import { createMemoryStore } from "../../src/memory/create-memory-store.js";
import type { AgentRunner } from "../../src/ports/agent-runner.js";
import { noUsage } from "../../src/task/agent-outcome.js";
import { eventually } from "../../src/testing/eventually.js";
import type { Script } from "../../src/testing/scripted-runner.js";
import { type Bench, createBench } from "./fixtures/create-bench.js";
import { createImpatientClock } from "./fixtures/impatient-clock.js";
import { watchStore } from "./fixtures/watch-store.js";

/** Works until it is stopped. */
const hang: Script = ({ signal }) => unlessAborted(new Promise<never>(() => {}), signal);

/** Stops a task that a worker has begun, as the admin API and the command do. */
async function stopBegun({ store, queue, pubSub }: Bench, taskId: string): Promise<void> {
  expect(await stopTask(taskId, "stopped", { store, queue, pubSub })).toBe("requested");
}

describe("a stop", () => {
  test("of a waiting task ends it; no agent runs and the queue forgets it", async () => {
    const bench = await createBench();
    const taskId = await bench.ask();
    expect(await bench.store.commands.requestStop(taskId, "stopped")).toBe("cancelled");
    await bench.startWorker();
    await eventually("the queue to forget it", async () => {
      const { waiting, claimed } = await bench.queue.stats();
      return waiting + claimed === 0 ? true : null;
    });
    expect(await bench.task(taskId)).toMatchObject({ status: "cancelled", reason: "stopped", attempt: 0 });
    expect(bench.agent.jobs).toEqual([]);
  });

  test("of a running task aborts the agent at the next heartbeat, and is shown", async () => {
    const bench = await createBench({ script: hang });
    const taskId = await bench.ask();
    await bench.startWorker({ clock: createImpatientClock(100) });
    await eventually("the agent to run", () => bench.agent.jobs[0] ?? null);
    expect(await bench.store.commands.requestStop(taskId, "stopped")).toBe("requested");
    expect(await bench.ended(taskId)).toMatchObject({ status: "cancelled", reason: "stopped" });
    expect(bench.comments()).toEqual([expect.stringContaining("did not do this. It was stopped.")]);
    expect([bench.remote.pushCount, bench.acme.codeHost.pullRequests]).toEqual([0, []]);
    expect([bench.acme.codeHost.liveCredentials.length, bench.workspaces.live.size]).toEqual([0, 0]);
  });

  test("is delivered by a message although no heartbeat is due for a long time", async () => {
    const bench = await createBench({ script: hang });
    const taskId = await bench.ask();
    await bench.startWorker({ leaseMs: 600_000 });
    await eventually("the agent to run", () => bench.agent.jobs[0] ?? null);
    await bench.store.commands.requestStop(taskId, "stopped");
    bench.pubSub.publish(`task:${taskId}:stop`);
    expect(await bench.ended(taskId)).toMatchObject({ status: "cancelled", reason: "stopped" });
  });

  test("is delivered by the next heartbeat if messages cannot be subscribed to", async () => {
    const bench = await createBench({ script: hang });
    const subscribe = (): never => {
      throw new Error("the channels are closed");
    };
    const taskId = await bench.ask();
    await bench.startWorker({ clock: createImpatientClock(100), pubSub: { ...bench.pubSub, subscribe } });
    await eventually("the agent to run", () => bench.agent.jobs[0] ?? null);
    await bench.store.commands.requestStop(taskId, "stopped");
    expect(await bench.ended(taskId)).toMatchObject({ status: "cancelled", attempt: 1 });
  });

  test("does not lose what the agent had spent by then", async () => {
    const bench = await createBench({
      script: async (run) => {
        await Promise.resolve(hang(run)).catch(() => {});
        return { usage: { ...noUsage, costUsd: 0.75 } };
      },
    });
    const taskId = await bench.ask();
    await bench.startWorker({ clock: createImpatientClock(100) });
    await eventually("the agent to run", () => bench.agent.jobs[0] ?? null);
    await bench.store.commands.requestStop(taskId, "stopped");
    expect(await bench.ended(taskId)).toMatchObject({ status: "cancelled", usage: { costUsd: 0.75 } });
  });

  test("does not lose what an agent had spent that was done just then", async () => {
    const bench = await createBench();
    const agent: AgentRunner = {
      ...bench.agent,
      async run(job, context) {
        await bench.store.commands.requestStop(job.taskId, "stopped");
        if (!context.signal.aborted) await new Promise((resolve) => context.signal.addEventListener("abort", resolve));
        const done = { status: "succeeded", reason: null, isRetryable: false, summary: "Done.", turns: 1 } as const;
        return { ...done, sessionId: "session-1", model: "model-1", usage: { ...noUsage, costUsd: 0.5 } };
      },
    };
    const taskId = await bench.ask();
    await bench.startWorker({ clock: createImpatientClock(100), agent });
    const task = await bench.ended(taskId);
    expect(task).toMatchObject({ status: "cancelled", sessionId: "session-1", usage: { costUsd: 0.5 } });
    expect(bench.remote.pushCount).toBe(0);
  });

  test("that comes while the work is published is too late: nothing is left half done", async () => {
    let beats = 0;
    const store = watchStore(createMemoryStore(), (method) => {
      if (method === "tasks.heartbeat") beats += 1;
    });
    const bench = await createBench({ store });
    const { codeHost } = bench.acme;
    const taskId = await bench.ask();
    const openPullRequest: typeof codeHost.openPullRequest = async (repository, draft, { signal }) => {
      const opened = await codeHost.openPullRequest(repository, draft, { signal });
      await bench.store.commands.requestStop(taskId, "stopped");
      // The first of these to begin after the request is answered by the time the third begins.
      const enough = beats + 3;
      await eventually("a heartbeat that is answered `cancel`", () => beats >= enough || signal.aborted || null);
      return opened;
    };
    const provider = { ...bench.provider, codeHost: { ...codeHost, openPullRequest } };
    await bench.startWorker({ clock: createImpatientClock(100), providers: [provider] });
    expect(await bench.ended(taskId)).toMatchObject({ status: "succeeded", attempt: 1 });
    expect(bench.comments()).toEqual([expect.stringContaining("is done.")]);
  });

  test("that comes between two tries to publish is too late: the next run does the rest", async () => {
    const bench = await createBench();
    const { codeHost } = bench.acme;
    let isDown = true;
    const openPullRequest: typeof codeHost.openPullRequest = async (...given) => {
      if (isDown) throw new AgentBotError("PROVIDER_UNAVAILABLE", "acme is down", { retryAfterMs: 3_600_000 });
      return await codeHost.openPullRequest(...given);
    };
    const taskId = await bench.ask();
    await bench.startWorker({ providers: [{ ...bench.provider, codeHost: { ...codeHost, openPullRequest } }] });
    await bench.taskWhen(taskId, "to wait", ({ status, attempt }) => status === "queued" && attempt === 0);
    isDown = false;
    await stopBegun(bench, taskId);
    expect(await bench.ended(taskId)).toMatchObject({ status: "succeeded" });
    expect(bench.comments()).toEqual([expect.stringContaining("is done.")]);
  });

  test("of a task that waits for another attempt is shown in its thread, long before that attempt", async () => {
    const interrupted = { status: "failed", reason: "agent_interrupted", isRetryable: true } as const;
    const bench = await createBench({ script: async () => interrupted });
    const taskId = await bench.ask();
    await bench.startWorker({ retryBackOff: { baseMs: 3_600_000, capMs: 3_600_000 } });
    await bench.taskWhen(taskId, "to wait", ({ status, attempt }) => status === "queued" && attempt === 1);
    expect(bench.comments()).toEqual([expect.stringContaining("another one starts by itself")]);
    await stopBegun(bench, taskId);
    expect(await bench.ended(taskId)).toMatchObject({ status: "cancelled", reason: "stopped" });
    expect(bench.comments()).toEqual([expect.stringContaining("did not do this. It was stopped.")]);
    expect(bench.agent.jobs).toHaveLength(1);
  });
});
