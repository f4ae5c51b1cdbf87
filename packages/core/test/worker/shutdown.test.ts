import { describe, expect, onTestFinished, test } from "vitest";
import { AgentBotError } from "../../src/errors/agentbot-error.js";
import { systemClock } from "../../src/lifecycle/system-clock.js";
import { createMemoryQueue } from "../../src/memory/create-memory-queue.js";
import type { Clock } from "../../src/ports/clock.js";
import type { ProviderLifecycle } from "../../src/ports/provider-lifecycle.js";
import type { TaskQueue } from "../../src/ports/task-queue.js";
import { createNoSandbox } from "../../src/sandbox/create-no-sandbox.js";
import { noUsage } from "../../src/task/agent-outcome.js";
import { eventually } from "../../src/testing/eventually.js";
import { createFakeProvider } from "../../src/testing/provider/create-fake-provider.js";
import type { Script } from "../../src/testing/scripted-runner.js";
import { createWorker } from "../../src/worker/create-worker.js";
import { createBench } from "./fixtures/create-bench.js";
import { createImpatientClock } from "./fixtures/impatient-clock.js";

const workUntilStopped: Script = async ({ signal }) => {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
  return { usage: { ...noUsage, costUsd: 0.5 }, sessionId: "session-1" };
};

describe("a worker that is stopped", () => {
  test("lets a run end within its grace", async () => {
    let release = (): void => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const bench = await createBench({
      script: async () => {
        await released;
        return { summary: "Just in time." };
      },
    });
    const taskId = await bench.ask();
    const worker = await bench.startWorker({ shutdownGraceMs: 60_000 });
    await eventually("the agent to run", () => bench.agent.jobs[0] ?? null);
    const stopped = worker.stop();
    expect(worker.readiness()).toBe("the worker is stopping");
    release();
    await stopped;
    expect(await bench.task(taskId)).toMatchObject({ status: "succeeded", attempt: 1 });
  });

  test("aborts a long run after its grace and gives the task back; another worker finishes it", async () => {
    const bench = await createBench({
      script: async (run) => (run.number === 1 ? workUntilStopped(run) : { summary: "Done by the second." }),
    });
    const taskId = await bench.ask();
    const first = await bench.startWorker({ shutdownGraceMs: 20 });
    await eventually("the agent to run", () => bench.agent.jobs[0] ?? null);
    await first.stop();
    expect(await bench.task(taskId)).toMatchObject({
      ...{ status: "queued", reason: "worker_stopped", attempt: 0, notBefore: null },
      ...{ sessionId: "session-1", usage: { costUsd: 0.5 } },
    });
    expect([bench.workspaces.live.size, bench.acme.codeHost.liveCredentials.length]).toEqual([0, 0]);
    await bench.startWorker();
    expect(await bench.ended(taskId)).toMatchObject({ status: "succeeded", attempt: 1 });
    expect(bench.agent.jobs.map(({ sessionId }) => sessionId)).toEqual([null, "session-1"]);
    expect(bench.comments()).toEqual([expect.stringContaining("Done by the second.")]);
  });

  test("does not wait for a store that is down: the agent's work is tried to be stored once more, then given back", async () => {
    let saves = 0;
    const clock: Clock = {
      ...systemClock,
      // From the first failure on, no back-off ends by itself.
      sleep: (durationMs, signal) => systemClock.sleep(saves > 0 && durationMs > 100 ? 600_000 : durationMs, signal),
    };
    const bench = await createBench();
    const save = async (): Promise<never> => {
      saves += 1;
      throw new AgentBotError("STORE_UNAVAILABLE", "the store is down");
    };
    const checkpoints = { ...bench.store.checkpoints, save };
    const taskId = await bench.ask();
    const worker = await bench.startWorker({ clock, shutdownGraceMs: 20, store: { ...bench.store, checkpoints } });
    await eventually("the first try", () => (saves > 0 ? true : null));
    await worker.stop();
    expect(saves).toBe(2);
    expect(await bench.task(taskId)).toMatchObject({ status: "queued", reason: "worker_stopped", attempt: 0 });
  });

  test("is started and stopped once, however often it is asked", async () => {
    const queue = createMemoryQueue();
    let claims = 0;
    const counted: TaskQueue = {
      ...queue,
      claim: (request) => {
        if (request.kind === "task") claims += 1;
        return queue.claim(request);
      },
    };
    const bench = await createBench({ queue: counted });
    const worker = await bench.startWorker();
    await Promise.all([worker.start(), worker.start()]);
    await eventually("the first claim", () => (claims > 0 ? true : null));
    expect(claims).toBe(1);
    expect(worker.stop()).toBe(worker.stop());
    await worker.stop();
    await worker.start();
    const taskId = await bench.ask();
    expect(claims).toBe(1);
    expect(await bench.task(taskId)).toMatchObject({ status: "queued", attempt: 0 });
  });

  test("before it was started never claims", async () => {
    const bench = await createBench();
    await bench.ask();
    const { store, queue, agent, workspaces, provider } = bench;
    const worker = createWorker({
      ...{ store, queue, agent, workspaces, providers: [provider] },
      sandbox: createNoSandbox(),
    });
    await worker.stop();
    await worker.start();
    expect(await queue.stats()).toMatchObject({ waiting: 1, claimed: 0 });
  });

  test("gives back what it claimed in the moment it was stopped", async () => {
    const queue = createMemoryQueue();
    let answer = (): void => {};
    const late: TaskQueue = {
      ...queue,
      async claim(request) {
        const claimed = await queue.claim(request);
        if (request.kind === "command") return claimed;
        await new Promise<void>((resolve) => {
          answer = resolve;
        });
        return claimed;
      },
    };
    const bench = await createBench({ queue: late });
    const taskId = await bench.ask();
    const worker = await bench.startWorker();
    await eventually("the claim", async () => ((await queue.stats()).claimed === 1 ? true : null));
    const stopped = worker.stop();
    answer();
    await stopped;
    expect(await queue.stats()).toMatchObject({ waiting: 1, claimed: 0 });
    expect(await bench.task(taskId)).toMatchObject({ status: "queued", fence: 0 });
  });

  test("leaves no timer behind, and many runs at once cause no warning of a leak", async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on("warning", onWarning);
    onTestFinished(() => void process.off("warning", onWarning));
    const timersOf = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const before = timersOf();
    const bench = await createBench({ script: workUntilStopped });
    const threads = Array.from({ length: 15 }, (_, index) => index + 1);
    for (const thread of threads) await bench.ask(bench.draft(thread));
    const worker = await bench.startWorker({ concurrency: 15, leaseMs: 600_000, reconcileIntervalMs: 600_000 });
    await eventually("all to run", () => (bench.agent.jobs.length === 15 ? true : null));
    await worker.stop();
    expect(timersOf()).toBeLessThanOrEqual(before);
    expect(warnings).toEqual([]);
  });
});

describe("the providers of a worker that is stopped", () => {
  test("are closed once its runs have ended, also one after another that fails", async () => {
    const order: string[] = [];
    const bench = await createBench({ script: workUntilStopped });
    const failing = createFakeProvider({ name: "forge" });
    const close = async (): Promise<void> => void order.push("closed");
    const fail = async (): Promise<never> => {
      throw new Error("the forge is down");
    };
    bench.events.on("task:settled", () => order.push("settled"));
    await bench.ask();
    const providers = [
      { ...failing, lifecycle: { close: fail } },
      { ...bench.provider, lifecycle: { close } },
    ];
    const worker = await bench.startWorker({ providers });
    await eventually("the agent to run", () => bench.agent.jobs[0] ?? null);
    await worker.stop();
    expect(order).toEqual(["settled", "closed"]);
    expect(bench.logger.lines).toContainEqual(
      expect.objectContaining({ message: "A provider could not be closed fully", level: "warn" }),
    );
  });

  test("that hang do not keep it from stopping", async () => {
    const bench = await createBench();
    let signalOfClose: AbortSignal | null = null;
    const close: ProviderLifecycle["close"] = async ({ signal }) => {
      signalOfClose = signal;
      await new Promise(() => {});
    };
    const clock = createImpatientClock(20);
    const worker = await bench.startWorker({ providers: [{ ...bench.provider, lifecycle: { close } }], clock });
    await worker.stop();
    expect(signalOfClose).toMatchObject({ aborted: true });
  });
});
