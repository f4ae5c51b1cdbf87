import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { createMemoryQueue } from "../../src/memory/create-memory-queue.js";
import { createMemoryStore } from "../../src/memory/create-memory-store.js";
import type { Outbox } from "../../src/ports/outbox.js";
import type { TaskQueue } from "../../src/ports/task-queue.js";
import { type ReconcileRequest, reconcile } from "../../src/reconciler/reconcile.js";
import { createManualClock } from "../../src/testing/create-manual-clock.js";
import { queueEntryFixture } from "../../src/testing/queue/queue-entry-fixture.js";
import { beginTask } from "../../src/testing/store/begin-task.js";
import { recordCommand, recordTask } from "../../src/testing/store/record-task.js";
import { createReplaceableQueue } from "./fixtures/replaceable-queue.js";

const { signal } = new AbortController();
const minuteMs = 60_000;

/** A store with a manual clock, the pages that were read of it, and a round over it. */
function startRounds(queue: TaskQueue = createMemoryQueue()) {
  const clock = createManualClock();
  const store = createMemoryStore({ clock });
  const pages: number[] = [];
  const outbox: Outbox = {
    ...store.outbox,
    async waiting(page) {
      const found = await store.outbox.waiting(page);
      pages.push(found.items.length);
      return found;
    },
  };
  const round = (overrides: Partial<ReconcileRequest> = {}) =>
    reconcile({ outbox, queue, intervalMs: 10_000, isFirst: false, signal, ...overrides });
  const record = async (count: number): Promise<readonly string[]> => {
    const taskIds: string[] = [];
    while (taskIds.length < count) taskIds.push((await recordTask(store)).taskId);
    return taskIds;
  };
  const claim = async (limit = 2000) => await queue.claim({ limit, leaseMs: minuteMs, waitMs: 0, signal });
  return { clock, store, queue, pages, round, record, claim };
}

describe("a round of the reconciler", () => {
  test("offers every queued task to an empty queue, page by page, in order, and lets others work in between", async () => {
    const { round, record, claim, pages } = startRounds();
    const taskIds = await record(1203);
    let turns = 0;
    const working = (async () => {
      while (pages.length < 3) {
        await nextTurn();
        turns += 1;
      }
    })();
    expect(await round({ isFirst: true })).toEqual({ recovered: 0, missing: 1203, offered: 1203 });
    await working;
    expect(pages).toEqual([500, 500, 203]);
    expect(turns).toBeGreaterThanOrEqual(2);
    expect((await claim()).map(({ entry }) => entry.id)).toEqual(taskIds);
  });

  test("queues a task whose worker died again, in the queue too", async () => {
    const { clock, store, queue, round, record } = startRounds();
    const [taskId = ""] = await record(1);
    await store.outbox.tryAcquireSweep(1);
    await beginTask(store, taskId, { leaseMs: 1000, agent: "scripted" });
    await clock.advance(1000);
    expect(await round()).toEqual({ recovered: 1, missing: 0, offered: null });
    expect(await store.tasks.find(taskId)).toMatchObject({ status: "queued", attempt: 1 });
    expect(await queue.stats()).toMatchObject({ waiting: 1 });
  });

  test("leaves running tasks alone", async () => {
    const { store, round, record } = startRounds();
    for (const taskId of await record(3)) await beginTask(store, taskId);
    expect(await round({ isFirst: true })).toMatchObject({ recovered: 0, missing: 0, offered: 0 });
  });

  test("five at once leave one entry a task, and one of them does the work", async () => {
    const { queue, round, record } = startRounds();
    await record(20);
    const rounds = await Promise.all(Array.from({ length: 5 }, () => round()));
    expect(rounds.filter(({ offered }) => offered !== null)).toHaveLength(1);
    expect(await queue.stats()).toMatchObject({ waiting: 20, delayed: 0, claimed: 0, buried: 0 });
  });

  test("reads no page while the counts agree, but every second one offers everything all the same", async () => {
    const { clock, pages, round, record } = startRounds();
    await record(3);
    await round();
    const offered: (number | null)[] = [];
    for (let count = 0; count < 6; count += 1) {
      await clock.advance(10_000);
      offered.push((await round()).offered);
    }
    expect(offered).toEqual([null, 3, null, 3, null, 3]);
    expect(pages).toEqual([3, 3, 3, 3]);
  });

  test("rebuilds an emptied queue at the next round, whichever process swept last", async () => {
    const queue = createReplaceableQueue();
    const { clock, store, round, record, claim } = startRounds(queue);
    await record(5);
    await round();
    const [first] = await claim(2);
    await beginTask(store, first?.entry.id ?? "");
    queue.replace();
    await clock.advance(10_000);
    expect(await round()).toEqual({ recovered: 0, missing: 4, offered: 4 });
    expect(await queue.stats()).toMatchObject({ waiting: 4 });
    queue.replace();
    expect(await round({ isFirst: true })).toMatchObject({ missing: 4, offered: 4 });
  });

  test("finds a lost task although the entry of a task that has ended stands in for it", async () => {
    const { clock, store, queue, round, record } = startRounds();
    const [lost = "", kept = ""] = await record(2);
    await round();
    await queue.cancel(lost);
    await queue.enqueue([queueEntryFixture()]);
    for (let count = 0; count < 2; count += 1) {
      await clock.advance(10_000);
      expect((await round()).missing).toBe(0);
    }
    expect(await queue.stats()).toMatchObject({ waiting: 3 });
    expect(await store.outbox.count()).toEqual({ queued: 2, running: 0, commands: 0 });
    expect(await queue.cancel(lost)).toBe(true);
    expect(await queue.cancel(kept)).toBe(true);
  });

  test("offers an entry again that was buried while its task is still queued", async () => {
    const { clock, queue, round, record, claim } = startRounds();
    await record(1);
    await round();
    const [claimed] = await claim();
    await claimed?.bury("its record in the queue cannot be read");
    await clock.advance(10_000);
    expect(await round()).toMatchObject({ missing: 1, offered: 1 });
    expect(await queue.stats()).toMatchObject({ waiting: 1, buried: 0 });
  });

  test("counts nothing of a queue that lives in the store, and offers its tasks once a minute", async () => {
    const queue = createMemoryQueue();
    const inStore: TaskQueue = {
      ...queue,
      livesInStore: true,
      stats: () => Promise.reject(new Error("a count of all rows is dear")),
    };
    const { clock, round, record } = startRounds(inStore);
    await record(2);
    const offered: (number | null)[] = [];
    for (let count = 0; count < 13; count += 1) {
      offered.push((await round()).offered);
      await clock.advance(10_000);
    }
    expect(offered.filter((count) => count !== null)).toEqual([2, 2, 2]);
    expect(await queue.stats()).toMatchObject({ waiting: 2 });
  });

  test("counts and offers unanswered commands as it does tasks", async () => {
    const queue = createReplaceableQueue();
    const { clock, store, round, record, claim } = startRounds(queue);
    await record(1);
    const [first, second] = [await recordCommand(store, "help"), await recordCommand(store, "status")];
    expect(await round({ isFirst: true })).toEqual({ recovered: 0, missing: 3, offered: 3 });
    expect((await claim()).map(({ entry }) => entry.kind).sort()).toEqual(["command", "command", "task"]);
    await clock.advance(10_000);
    expect(await round()).toMatchObject({ missing: 0 });
    await store.commands.finish(first.commandId, {});
    queue.replace();
    await clock.advance(10_000);
    expect(await round()).toMatchObject({ missing: 2, offered: 2 });
    expect(await queue.cancel(second.commandId)).toBe(true);
    expect(await queue.cancel(first.commandId)).toBe(false);
  });

  test("ends between two pages when it is stopped", async () => {
    const stopping = new AbortController();
    const { round, record, pages, queue } = startRounds();
    await record(600);
    const enqueue: TaskQueue["enqueue"] = async (entries) => {
      await queue.enqueue(entries);
      stopping.abort();
    };
    expect(await round({ queue: { ...queue, enqueue }, signal: stopping.signal })).toMatchObject({ offered: 500 });
    expect(pages).toEqual([500]);
  });
});
