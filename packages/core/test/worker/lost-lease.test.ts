import { describe, expect, test } from "vitest";
import { AgentBotError } from "../../src/errors/agentbot-error.js";
import { createMemoryQueue } from "../../src/memory/create-memory-queue.js";
import { createMemoryStore } from "../../src/memory/create-memory-store.js";
import type { Store } from "../../src/ports/store.js";
import type { WorkspaceFactory } from "../../src/ports/workspace-factory.js";
import { eventually } from "../../src/testing/eventually.js";
import type { Script } from "../../src/testing/scripted-runner.js";
import { createBench } from "./fixtures/create-bench.js";
import { createImpatientClock } from "./fixtures/impatient-clock.js";
import { watchStore } from "./fixtures/watch-store.js";

/** Works until it is stopped, then ends as if it had succeeded. */
const workUntilStopped: Script = async ({ signal, write }) => {
  await write("fixed.ts", "half\n");
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
  return undefined;
};

/** Everything that a run leaves outside its process. */
async function traceOf(bench: Awaited<ReturnType<typeof createBench>>, taskId: string) {
  const lines = await bench.store.transcript.read(taskId, { afterSeq: 0, limit: 1000 });
  return {
    task: await bench.task(taskId),
    lines: lines.length,
    checkpoint: await bench.store.checkpoints.find(taskId),
    bodies: [...bench.bodies],
    pushes: bench.remote.pushCount,
  };
}

/** The bench whose worker runs this task until the lease is gone; no other worker takes it. */
async function runUntilLost() {
  const clock = createImpatientClock(50);
  const real = createMemoryStore();
  const writes: string[] = [];
  let isDown = false;
  const store = watchStore(real, (method) => {
    if (isDown && /heartbeat|begin/.test(method)) throw new AgentBotError("STORE_UNAVAILABLE", "the store is down");
    writes.push(method);
  });
  const bench = await createBench({ store, script: workUntilStopped });
  const taskId = await bench.ask();
  await bench.startWorker({ clock, reconcileIntervalMs: 1_000_000 });
  await eventually("the agent to run", () => bench.agent.jobs[0] ?? null);
  await eventually("the transcript so far", async () =>
    (await real.transcript.read(taskId, { afterSeq: 0, limit: 100 })).length >= 15 ? true : null,
  );
  isDown = true;
  return { bench, taskId, writes, passLease: () => clock.pass(60_000) };
}

const hasLost = (bench: Awaited<ReturnType<typeof createBench>>) => () =>
  bench.logger.lines.some(({ message }) => message.startsWith("The lease is lost")) ? true : null;

describe("a worker that loses its lease", () => {
  test("because the heartbeat fails for a whole lease aborts the run and writes nothing more, anywhere", async () => {
    const { bench, taskId, writes, passLease } = await runUntilLost();
    const before = await traceOf(bench, taskId);
    const fromHere = writes.length;
    passLease();
    await eventually("the lease to be lost", hasLost(bench));
    await eventually("the work tree to be removed", () => (bench.workspaces.live.size === 0 ? true : null));
    expect(await traceOf(bench, taskId)).toEqual(before);
    const taskWrites = writes
      .slice(fromHere)
      .filter((method) => !/begin|find|read|waiting|outbox|prune|ping/.test(method));
    expect(taskWrites).toEqual([]);
    expect(bench.seen).not.toContain("task:settled");
    expect(bench.acme.codeHost.liveCredentials).toEqual([]);
  });

  test("to another worker leaves it everything: one comment, one end, one settle", async () => {
    const clock = createImpatientClock(50);
    const store = createMemoryStore({ clock });
    const settled: number[] = [];
    const watched: Store = watchStore(store, (method, [first]) => {
      if (method === "tasks.settle") settled.push((first as { fence: number }).fence);
    });
    let isFrozen = false;
    const frozen = watchStore(watched, (method) => {
      if (method === "tasks.heartbeat" && isFrozen) throw new AgentBotError("STORE_UNAVAILABLE", "no network");
    });
    const bench = await createBench({
      store: watched,
      queue: createMemoryQueue({ clock }),
      script: async (run) => (run.number === 1 ? workUntilStopped(run) : { summary: "Done by the second." }),
    });
    const taskId = await bench.ask();
    const first = await bench.startWorker({ store: frozen, concurrency: 1, clock });
    await eventually("the first to run", () => bench.agent.jobs[0] ?? null);
    isFrozen = true;
    clock.pass(60_000);
    await bench.startWorker({ clock });
    const task = await bench.ended(taskId);
    isFrozen = false;
    await first.stop();
    expect(task).toMatchObject({ status: "succeeded", attempt: 2 });
    expect(settled).toEqual([task.fence]);
    expect(bench.comments()).toEqual([expect.stringContaining("Done by the second.")]);
  });

  test("by the answer of a heartbeat aborts the run and does not settle", async () => {
    const store = createMemoryStore();
    let isLost = false;
    const bench = await createBench({
      store: { ...store, tasks: { ...store.tasks, heartbeat: async () => (isLost ? "lost" : "held") } },
      script: workUntilStopped,
    });
    const taskId = await bench.ask();
    await bench.startWorker({ leaseMs: 60_000, reconcileIntervalMs: 1_000_000 });
    await eventually("the agent to run", () => bench.agent.jobs[0] ?? null);
    isLost = true;
    bench.pubSub.publish(`task:${taskId}:stop`);
    await eventually("the lease to be lost", hasLost(bench));
    expect(await bench.task(taskId)).toMatchObject({ status: "running", attempt: 1 });
    expect(bench.bodies.at(-1)).toContain("[>] Working on it");
  });

  test("while its work tree is removed does not settle", async () => {
    const store = createMemoryStore();
    const calls: string[] = [];
    let isRemoving = false;
    const bench = await createBench({
      store: watchStore(
        { ...store, tasks: { ...store.tasks, heartbeat: async () => (isRemoving ? "lost" : "held") } },
        (method) => calls.push(method),
      ),
    });
    const taskId = await bench.ask();
    const workspaces: WorkspaceFactory = {
      async prepare(...request) {
        const prepared = await bench.workspaces.prepare(...request);
        const dispose = async (): Promise<void> => {
          isRemoving = true;
          const from = calls.length;
          bench.pubSub.publish(`task:${taskId}:stop`);
          await eventually("a heartbeat", () => calls.slice(from).find((each) => each === "tasks.heartbeat") ?? null);
          await prepared.dispose();
        };
        return { ...prepared, dispose };
      },
    };
    await bench.startWorker({ workspaces, leaseMs: 60_000, reconcileIntervalMs: 600_000 });
    await eventually("the lease to be lost", hasLost(bench));
    expect(calls).not.toContain("tasks.settle");
    expect(await bench.task(taskId)).toMatchObject({ status: "running" });
  });

  test("while a stop is being shown neither shows nor settles it", async () => {
    const store = createMemoryStore();
    let isShowing = false;
    const bench = await createBench({
      store: { ...store, tasks: { ...store.tasks, heartbeat: async () => (isShowing ? "lost" : "cancel") } },
      script: workUntilStopped,
    });
    const taskId = await bench.ask();
    const conversation = {
      ...bench.provider.conversation,
      async updateStatus(...[request, { signal }]: Parameters<typeof bench.provider.conversation.updateStatus>) {
        if (request.view.headline.includes("It was stopped")) {
          isShowing = true;
          if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
        }
        await bench.provider.conversation.updateStatus(request, { signal });
      },
    };
    await bench.startWorker({
      clock: createImpatientClock(100),
      reconcileIntervalMs: 600_000,
      providers: [{ ...bench.provider, conversation }],
    });
    await eventually("the stop to be shown", () => (isShowing ? true : null));
    await eventually("the lease to be lost", hasLost(bench));
    expect(bench.logger.lines.filter(({ level }) => level === "error")).toEqual([]);
    expect(await bench.task(taskId)).toMatchObject({ status: "running", attempt: 1 });
    // The step depends on the machine's pace; the end must not have been shown.
    expect(bench.bodies.at(-1)).toMatch(/\[>\] (?:Getting ready|Working on it)/);
  });
});

describe("a worker that cannot look for a while", () => {
  test("because its process was blocked for longer than a lease ends every task once", async () => {
    const clock = createImpatientClock(50);
    const bench = await createBench({
      store: createMemoryStore({ clock }),
      queue: createMemoryQueue({ clock }),
      script: async ({ number, write }) => {
        if (number === 1) clock.pass(70_000);
        await write("fixed.ts", "whole\n");
        return {};
      },
    });
    const taskIds = [await bench.ask(), await bench.ask(bench.draft(8))];
    await bench.startWorker({ clock });
    await bench.startWorker({ clock });
    for (const taskId of taskIds) expect(await bench.ended(taskId)).toMatchObject({ status: "succeeded" });
    expect([bench.comments().length, bench.acme.codeHost.pullRequests.length]).toEqual([2, 2]);
    expect(bench.remote.pushCount).toBe(2);
  });

  test("because the store is down goes on when it is back, and fails no task", async () => {
    let isDown = false;
    const clock = createImpatientClock(50);
    const store = watchStore(createMemoryStore({ clock }), () => {
      if (isDown) throw new AgentBotError("STORE_UNAVAILABLE", "the store is down");
    });
    const bench = await createBench({
      store,
      queue: createMemoryQueue({ clock }),
      script: async ({ number, ...run }) => {
        if (number > 1) return {};
        isDown = true;
        clock.pass(70_000);
        await workUntilStopped({ number, ...run });
        return {};
      },
    });
    const taskId = await bench.ask();
    await bench.startWorker({ clock });
    await eventually("the store to be missed", hasLost(bench));
    isDown = false;
    expect(await bench.ended(taskId)).toMatchObject({ status: "succeeded" });
    expect(bench.comments()).toHaveLength(1);
  });
});
