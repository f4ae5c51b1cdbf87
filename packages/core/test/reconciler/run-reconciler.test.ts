import { describe, expect, test } from "vitest";
import { createMemoryQueue } from "../../src/memory/create-memory-queue.js";
import { createMemoryStore } from "../../src/memory/create-memory-store.js";
import { createOutageReporter } from "../../src/outages/create-outage-reporter.js";
import type { Outbox } from "../../src/ports/outbox.js";
import type { Store } from "../../src/ports/store.js";
import type { QueueEntry } from "../../src/ports/task-queue.js";
import { runReconciler } from "../../src/reconciler/reconcile.js";
import { eventually } from "../../src/testing/eventually.js";
import { beginTask } from "../../src/testing/store/begin-task.js";
import { recordTask } from "../../src/testing/store/record-task.js";
import { createBench } from "../worker/fixtures/create-bench.js";
import { createImpatientClock } from "../worker/fixtures/impatient-clock.js";
import { createRecordingLogger } from "../worker/fixtures/recording-logger.js";
import { createReplaceableQueue } from "./fixtures/replaceable-queue.js";

describe("the reconciler", () => {
  test("logs the first of many failed rounds, goes on, and logs anew after a good one", async () => {
    const store = createMemoryStore();
    const queue = createMemoryQueue();
    const stopping = new AbortController();
    const logger = createRecordingLogger();
    let rounds = 0;
    const outbox: Outbox = {
      ...store.outbox,
      async count() {
        rounds += 1;
        if (rounds !== 4 && rounds < 8) throw new Error("the store is down");
        return await store.outbox.count();
      },
    };
    await recordTask(store);
    const clock = createImpatientClock(2);
    const outages = createOutageReporter({ store, queue, logger });
    const { signal } = stopping;
    const running = runReconciler({ outbox, queue, intervalMs: 2, clock, logger, outages, signal });
    await eventually("many rounds", () => (rounds >= 10 ? true : null));
    stopping.abort();
    await running;
    expect(logger.lines.filter(({ level }) => level === "warn")).toHaveLength(2);
    expect(await queue.stats()).toMatchObject({ waiting: 1 });
  });

  test("brings every task back that a queue lost when it was emptied midway", async () => {
    const queue = createReplaceableQueue();
    let runs = 0;
    const bench = await createBench({
      queue,
      script: async () => {
        runs += 1;
        if (runs === 5 || runs === 11) queue.replace();
        return {};
      },
    });
    const taskIds: string[] = [];
    for (let thread = 1; thread <= 20; thread += 1) taskIds.push(await bench.ask(bench.draft(thread)));
    await bench.startWorker({ reconcileIntervalMs: 20 });
    await bench.startWorker({ reconcileIntervalMs: 20 });
    const tasks = await Promise.all(taskIds.map((taskId) => bench.ended(taskId)));
    expect(tasks.map(({ status, attempt }) => [status, attempt])).toEqual(tasks.map(() => ["succeeded", 1]));
    expect(runs).toBe(20);
  });

  test("brings back a task that a gateway recorded and never queued", async () => {
    const bench = await createBench();
    const { taskId } = await recordTask(bench.store, bench.draft());
    await bench.startWorker();
    expect(await bench.ended(taskId)).toMatchObject({ status: "succeeded" });
  });

  test("begins a task that waits for its time once, and not again before", async () => {
    const bench = await createBench();
    const { taskId } = await recordTask(bench.store, bench.draft());
    const { lease } = await beginTask(bench.store, taskId);
    await bench.store.tasks.settle(lease, { status: "queued", cause: "parked", reason: "budget", delayMs: 600_000 });
    let begins = 0;
    let rounds = 0;
    const { tasks, outbox } = bench.store;
    const store: Store = {
      ...bench.store,
      tasks: {
        ...tasks,
        begin: (...given) => {
          begins += 1;
          return tasks.begin(...given);
        },
      },
      outbox: {
        ...outbox,
        waiting: (page) => {
          rounds += 1;
          return outbox.waiting(page);
        },
      },
    };
    // The gateway enqueues it as due at once, whatever delay is stored.
    await bench.queue.enqueue([{ ...(await outbox.waiting({})).items[0], delayMs: 0 } as QueueEntry]);
    await bench.startWorker({ store, reconcileIntervalMs: 5 });
    await eventually("many rounds", () => (rounds >= 20 && begins > 0 ? true : null));
    expect(begins).toBe(1);
    expect(await bench.queue.stats()).toMatchObject({ waiting: 0, delayed: 1, claimed: 0 });
  });
});
