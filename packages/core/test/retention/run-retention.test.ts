import { describe, expect, onTestFinished, test } from "vitest";
import { AgentBotError } from "../../src/errors/agentbot-error.js";
import { systemClock } from "../../src/lifecycle/system-clock.js";
import { createMemoryQueue } from "../../src/memory/create-memory-queue.js";
import { createMemoryStore } from "../../src/memory/create-memory-store.js";
import { createOutageReporter } from "../../src/outages/create-outage-reporter.js";
import type { Inbox } from "../../src/ports/inbox.js";
import type { Transcript } from "../../src/ports/transcript.js";
import type { WorkspaceFactory } from "../../src/ports/workspace-factory.js";
import { retentionSchema } from "../../src/retention/retention-options.js";
import { type PrunedStore, pruneStore, runRetention } from "../../src/retention/run-retention.js";
import { createNoSandbox } from "../../src/sandbox/create-no-sandbox.js";
import { createManualClock } from "../../src/testing/create-manual-clock.js";
import { deliveryFixture } from "../../src/testing/delivery-fixture.js";
import { eventually } from "../../src/testing/eventually.js";
import { beginTask } from "../../src/testing/store/begin-task.js";
import { recordTask } from "../../src/testing/store/record-task.js";
import { tenantFixture } from "../../src/testing/task-draft-fixture.js";
import { createWorker } from "../../src/worker/create-worker.js";
import { createBench } from "../worker/fixtures/create-bench.js";
import { createRecordingLogger } from "../worker/fixtures/recording-logger.js";

const dayMs = 86_400_000;
const hourMs = 3_600_000;
const defaults = retentionSchema.parse({});

/** A store with a manual clock, and retention over it. */
function startRetention() {
  const clock = createManualClock();
  const store = createMemoryStore({ clock });
  const queue = createMemoryQueue();
  const logger = createRecordingLogger();
  const outages = createOutageReporter({ store, queue, logger });
  const stopping = new AbortController();
  onTestFinished(() => {
    stopping.abort();
    outages.close();
  });
  const run = (overrides: Partial<PrunedStore> = {}): Promise<void> =>
    runRetention({
      store: { ...store, ...overrides },
      workspaces: {},
      settings: defaults,
      clock,
      random: Math.random,
      logger,
      outages,
      signal: stopping.signal,
    });
  const record = async (count: number): Promise<readonly string[]> => {
    const ids: string[] = [];
    while (ids.length < count) {
      const recorded = await store.inbox.record(deliveryFixture(), { kind: "ignored", reason: "no_mention" });
      ids.push(recorded.deliveryId);
    }
    return ids;
  };
  return { clock, store, queue, logger, stopping, run, record };
}

describe("what is past its retention", () => {
  test("loses its body after 14 days, is still known by its hash, and is gone after 400", async () => {
    const { clock, store, run } = startRetention();
    const delivery = deliveryFixture({ dedupeKey: null });
    const { taskId } = await recordTask(store);
    const { deliveryId } = await store.inbox.record(delivery, { kind: "ignored", reason: "no_mention" });
    void run();
    await clock.advance(14 * dayMs - hourMs);
    expect((await store.inbox.find(deliveryId))?.body).toHaveLength(delivery.body.length);
    await clock.advance(3 * hourMs);
    expect(await store.inbox.find(deliveryId)).toMatchObject({ body: null, bodySha256: delivery.bodySha256 });
    await clock.advance(385 * dayMs);
    const again = await store.inbox.record(delivery, { kind: "ignored", reason: "another" });
    expect(again).toEqual({ status: "ignored", deliveryId, reason: "no_mention" });
    await clock.advance(2 * dayMs);
    expect(await store.inbox.find(deliveryId)).toBeNull();
    expect(await store.tasks.find(taskId)).toMatchObject({ status: "queued" });
  });

  test("is deleted in bounded steps, and logged in one line", async () => {
    const { clock, store, logger, run, record, stopping } = startRetention();
    await record(1200);
    const limits: number[] = [];
    await clock.advance(15 * dayMs);
    const running = run({
      inbox: {
        ...store.inbox,
        prune: (retention) => {
          limits.push(retention.limit);
          return store.inbox.prune(retention);
        },
      },
    });
    await clock.advance(hourMs / 12);
    await eventually("a round", () => (logger.lines.length > 0 ? true : null));
    stopping.abort();
    await running;
    expect(limits).toEqual([500, 500, 500]);
    expect(logger.lines).toEqual([
      { level: "info", facts: { bodies: 1200, deliveries: 0, events: 0 }, message: "Old rows were deleted" },
    ]);
  });

  test("is deleted soon after the start and then about once an hour", async () => {
    const { clock, store, run } = startRetention();
    const at: number[] = [];
    const startMs = clock.now().getTime();
    void run({
      inbox: {
        ...store.inbox,
        prune: (retention) => {
          at.push(clock.now().getTime() - startMs);
          return store.inbox.prune(retention);
        },
      },
    });
    await clock.advance(10 * hourMs);
    expect(at[0]).toBeLessThanOrEqual(hourMs / 12);
    for (const [index, atMs] of at.slice(1).entries()) {
      expect(atMs - (at[index] ?? 0)).toBeGreaterThanOrEqual(0.9 * hourMs);
      expect(atMs - (at[index] ?? 0)).toBeLessThanOrEqual(1.1 * hourMs);
    }
    expect(at.length).toBeGreaterThanOrEqual(9);
    expect(new Set(at.map((atMs) => atMs % hourMs)).size).toBe(at.length);
  });

  test("waits for a store that is down, with the one line of the outage", async () => {
    const { clock, store, logger, run, record } = startRetention();
    const [id = ""] = await record(1);
    await clock.advance(15 * dayMs);
    let rounds = 0;
    const prune: Inbox["prune"] = async (retention) => {
      rounds += 1;
      if (rounds <= 2) throw new AgentBotError("STORE_UNAVAILABLE", "connection refused");
      return await store.inbox.prune(retention);
    };
    void run({ inbox: { ...store.inbox, prune } });
    await clock.advance(4 * hourMs);
    expect(rounds).toBeGreaterThan(2);
    expect((await store.inbox.find(id))?.body).toBeNull();
    expect(logger.lines.filter(({ message }) => message.includes("deleted"))).toHaveLength(1);
  });

  test("is deleted once by five processes at once", async () => {
    const { clock, store, record } = startRetention();
    await record(700);
    await clock.advance(401 * dayMs);
    const { signal } = new AbortController();
    const pruned = await Promise.all(
      Array.from({ length: 5 }, () => pruneStore({ store, clock: systemClock, signal }, defaults)),
    );
    expect(pruned.reduce((sum, { deliveries }) => sum + deliveries, 0)).toBe(700);
  });
});

test("a transcript is deleted 90 days after the end of its task, in bounded steps", async () => {
  const { clock, store, run } = startRetention();
  const { taskId } = await recordTask(store);
  const { lease } = await beginTask(store, taskId);
  const events = Array.from({ length: 700 }, () => ({ type: "agent:message", at: clock.now(), data: {} }) as const);
  await store.transcript.append(lease, events);
  await clock.advance(80 * dayMs);
  await store.tasks.settle(lease, { status: "failed", reason: "agent_failed", explanation: "It failed." });
  const limits: number[] = [];
  const prune: Transcript["prune"] = (retention) => {
    limits.push(retention.limit);
    return store.transcript.prune(retention);
  };
  void run({ transcript: { ...store.transcript, prune } });
  await clock.advance(90 * dayMs - 2 * hourMs);
  const read = () => store.transcript.read(taskId, { afterSeq: 0, limit: 1000 });
  expect(await read()).toHaveLength(700);
  limits.length = 0;
  await clock.advance(4 * hourMs);
  expect(await read()).toHaveLength(0);
  expect(new Set(limits)).toEqual(new Set([500]));
  expect(await store.tasks.find(taskId)).toMatchObject({ status: "failed" });
});

describe("a worker", () => {
  test("prunes by its options", async () => {
    const bench = await createBench();
    const { deliveryId } = await bench.store.inbox.record(deliveryFixture(), { kind: "ignored", reason: "no_mention" });
    await bench.startWorker({ retention: { bodiesMs: 1, intervalMs: 20 } });
    await eventually("the body to be deleted", async () =>
      (await bench.store.inbox.find(deliveryId))?.body === null ? true : null,
    );
  });

  test("refuses to keep a body longer than its delivery", async () => {
    const bench = await createBench();
    const retention = { bodiesMs: 2 * dayMs, deliveriesMs: dayMs };
    const { store, queue, agent, workspaces } = bench;
    const deps = { store, queue, agent, workspaces, providers: [], sandbox: createNoSandbox() };
    expect(() => createWorker({ ...deps, retention })).toThrow(/retention\.bodiesMs: a body cannot be kept longer/);
  });
});

test("a worker removes what it keeps of tenants that removed the bot, and tries again after a failure", async () => {
  const bench = await createBench();
  const [gone, active] = [tenantFixture(), tenantFixture()];
  await bench.store.installations.ensure("acme", active);
  const change = { kind: "deleted", removedRepositoryIds: [] } as const;
  await bench.store.inbox.record(deliveryFixture(), { kind: "installation", tenant: gone, change });
  const asked: boolean[][] = [];
  const removeTenants: NonNullable<WorkspaceFactory["removeTenants"]> = async (isGone) => {
    const tenants = [gone.externalId, active.externalId, "unknown"];
    asked.push(await Promise.all(tenants.map((tenant) => isGone({ provider: "acme", tenant }))));
    if (asked.length === 1) throw new Error("the disk is read-only");
    return 1;
  };
  const workspaces = { ...bench.workspaces, removeTenants };
  await bench.startWorker({ workspaces, retention: { intervalMs: 20 } });
  await eventually("a second round", async () => (asked.length > 1 ? true : null));
  expect(asked[1]).toEqual([true, false, false]);
});
