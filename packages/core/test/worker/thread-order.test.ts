import { describe, expect, test } from "vitest";
import { eventually } from "../../src/testing/eventually.js";
import { recordTask, recordThread } from "../../src/testing/store/record-task.js";
import { createBench } from "./fixtures/create-bench.js";
import { createImpatientClock } from "./fixtures/impatient-clock.js";

describe("two tasks of one thread", () => {
  test("run in their order and never at once, with two workers and places for both", async () => {
    const runs: string[] = [];
    const bench = await createBench({
      script: async ({ job }) => {
        runs.push(`begin ${job.taskId}`);
        await new Promise((resolve) => setTimeout(resolve, 30));
        runs.push(`end ${job.taskId}`);
        return {};
      },
    });
    const tasks = await recordThread(bench.store, 2, bench.draft());
    await bench.queue.enqueue(tasks.map(({ entry }) => entry));
    await bench.startWorker({ concurrency: 4 });
    await bench.startWorker({ concurrency: 4 });
    const [first = "", second = ""] = tasks.map(({ taskId }) => taskId);
    await bench.ended(second);
    expect(runs).toEqual([`begin ${first}`, `end ${first}`, `begin ${second}`, `end ${second}`]);
    const sessions = bench.agent.jobs.map(({ sessionId }) => sessionId);
    expect(sessions).toEqual([null, (await bench.task(first)).sessionId]);
  });

  test("run in their order even if the queue learnt of them in the opposite one", async () => {
    const bench = await createBench();
    const tasks = await recordThread(bench.store, 3, bench.draft());
    for (const { entry } of [...tasks].reverse()) await bench.queue.enqueue([entry]);
    const order: string[] = [];
    bench.events.on("task:settled", ({ taskId }) => order.push(taskId));
    await bench.startWorker({ concurrency: 4, reconcileIntervalMs: 600_000, clock: createImpatientClock(20) });
    await eventually("all to end", () => (order.length === 3 ? true : null));
    expect(order).toEqual(tasks.map(({ taskId }) => taskId));
  });

  test("wait for one another through a back-off", async () => {
    const order: string[] = [];
    const bench = await createBench({
      script: async ({ job, number }) => {
        order.push(job.taskId);
        if (number === 1) throw new Error("the first attempt fails");
        return {};
      },
    });
    const tasks = await recordThread(bench.store, 2, bench.draft());
    await bench.queue.enqueue(tasks.map(({ entry }) => entry));
    await bench.startWorker({ concurrency: 4, retryBackOff: { baseMs: 50, capMs: 50 } });
    const [first = "", second = ""] = tasks.map(({ taskId }) => taskId);
    await bench.ended(second);
    expect(order).toEqual([first, first, second]);
  });
});

describe("a claimed entry", () => {
  test("whose task a worker of a lost queue holds lets its thread go on soon after that one has ended", async () => {
    const bench = await createBench();
    const [first, second] = await recordThread(bench.store, 2, bench.draft());
    if (!first || !second) throw new Error("two tasks were recorded");
    const begun = await bench.store.tasks.begin(first.taskId, { leaseMs: 600_000, agent: "elsewhere" });
    if (begun.status !== "begun") throw new Error(`the task is ${begun.status}`);
    await bench.queue.enqueue([first.entry, second.entry]);
    await bench.startWorker();
    await eventually("a look at the held task", async () => ((await bench.queue.stats()).delayed === 1 ? true : null));
    await bench.store.tasks.settle(begun.lease, { status: "cancelled", reason: "stopped", explanation: "Stopped." });
    expect(await bench.ended(second.taskId)).toMatchObject({ status: "succeeded" });
  });

  test("whose task is unknown or final is forgotten", async () => {
    const bench = await createBench();
    const { entry, taskId } = await recordTask(bench.store, bench.draft());
    await bench.store.commands.requestStop(taskId, "stopped");
    await bench.queue.enqueue([entry, { ...entry, id: "unknown", lane: "other" }]);
    await bench.startWorker();
    await eventually("an empty queue", async () => {
      const { waiting, claimed, delayed, buried } = await bench.queue.stats();
      return waiting + claimed + delayed + buried === 0 ? true : null;
    });
    expect(bench.agent.jobs).toEqual([]);
  });

  test("is settled, counted and shown even if the queue is down when its task ends", async () => {
    const bench = await createBench();
    const { queue } = bench;
    const broken = {
      ...queue,
      claim: async (request: Parameters<typeof queue.claim>[0]) =>
        (await queue.claim(request)).map((claimed) => ({
          ...claimed,
          complete: async () => {
            throw new Error("redis is gone");
          },
          release: async () => {
            throw new Error("redis is gone");
          },
        })),
    };
    const taskId = await bench.ask();
    await bench.startWorker({ queue: broken });
    expect(await bench.ended(taskId)).toMatchObject({ status: "succeeded", attempt: 1 });
    await eventually("the event", () => (bench.seen.includes("task:settled") ? true : null));
    expect(bench.metrics.render("text")).toContain('agentbot_tasks_total{status="succeeded"');
    expect(bench.agent.jobs).toHaveLength(1);
  });
});
