import { describe, expect, test } from "vitest";
import { createMemoryQueue } from "../../src/memory/create-memory-queue.js";
import { createMemoryStore } from "../../src/memory/create-memory-store.js";
import { createOutageReporter } from "../../src/outages/create-outage-reporter.js";
import type { Outbox } from "../../src/ports/outbox.js";
import { reconcile } from "../../src/reconciler/reconcile.js";
import { runReconciler } from "../../src/reconciler/run-reconciler.js";
import { eventually } from "../../src/testing/eventually.js";
import { beginTask, shortLease } from "../../src/testing/store/begin-task.js";
import { recordTask } from "../../src/testing/store/record-task.js";
import { createBench } from "../worker/fixtures/create-bench.js";
import { createImpatientClock } from "../worker/fixtures/impatient-clock.js";
import { createRecordingLogger } from "../worker/fixtures/recording-logger.js";
import { createReplaceableQueue } from "./fixtures/replaceable-queue.js";

const { signal } = new AbortController();

describe("a round of the reconciler", () => {
  test("offers every queued task, page by page, in order", async () => {
    const store = createMemoryStore();
    const queue = createMemoryQueue();
    const taskIds: string[] = [];
    for (let index = 0; index < 1203; index += 1) taskIds.push((await recordTask(store)).taskId);
    expect(await reconcile(store.outbox, queue, signal)).toEqual({ recovered: 0, offered: 1203 });
    const claimed = await queue.claim({ limit: 2000, leaseMs: 60_000, waitMs: 0, signal });
    expect(claimed.map(({ entry }) => entry.taskId)).toEqual(taskIds);
  });

  test("puts a task whose worker died back in line", async () => {
    const store = createMemoryStore();
    const queue = createMemoryQueue();
    const { taskId } = await recordTask(store);
    await beginTask(store, taskId, shortLease);
    await eventually("the lease to end", async () =>
      (await reconcile(store.outbox, queue, signal)).recovered === 1 ? true : null,
    );
    expect(await store.tasks.find(taskId)).toMatchObject({ status: "queued", attempt: 1 });
    expect(await queue.stats()).toMatchObject({ waiting: 1 });
  });

  test("twice at once changes nothing", async () => {
    const store = createMemoryStore();
    const queue = createMemoryQueue();
    for (let index = 0; index < 20; index += 1) await recordTask(store);
    const rounds = Array.from({ length: 5 }, () => reconcile(store.outbox, queue, signal));
    await Promise.all(rounds);
    expect(await queue.stats()).toMatchObject({ waiting: 20, delayed: 0, claimed: 0, buried: 0 });
  });

  test("leaves running tasks alone", async () => {
    const store = createMemoryStore();
    const queue = createMemoryQueue();
    await beginTask(store, (await recordTask(store)).taskId);
    expect(await reconcile(store.outbox, queue, signal)).toEqual({ recovered: 0, offered: 0 });
  });
});

describe("the reconciler", () => {
  test("logs the first of many failed rounds, goes on, and logs anew after a good one", async () => {
    const store = createMemoryStore();
    const queue = createMemoryQueue();
    const stopping = new AbortController();
    const logger = createRecordingLogger();
    let rounds = 0;
    const outbox: Outbox = {
      ...store.outbox,
      async waiting(page) {
        rounds += 1;
        if (rounds !== 4 && rounds < 8) throw new Error("the store is down");
        return await store.outbox.waiting(page);
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
});
