import type { Store } from "@agentbot/core";
import { deliveryFixture, freshId, recordTask, taskRequestFixture, tenantFixture } from "@agentbot/core/testing";
import { describe, expect, test } from "vitest";
import { createPostgresStore, openPostgresDatabase } from "../../src/index.js";
import { keyRingFixture } from "../fixtures/key-ring.js";
import { openPostgresStore } from "../fixtures/open-store.js";

const { store, server, database } = await openPostgresStore();
const lease = { leaseMs: 600_000, agent: "scripted" };

/** As many processes, each with its own pool. */
const processes: readonly Store[] = Array.from({ length: 4 }, () =>
  createPostgresStore({
    database: openPostgresDatabase({ pool: server.pool({ max: 15 }) }),
    keyRing: keyRingFixture(),
  }),
);
const processOf = (place: number): Store => processes[place % processes.length] ?? store;
const times = <Result>(count: number, run: (place: number) => Promise<Result>): Promise<Result[]> =>
  Promise.all(Array.from({ length: count }, (_, place) => run(place)));

async function begin(from: Store, taskId: string) {
  const begun = await from.tasks.begin(taskId, lease);
  if (begun.status !== "begun") throw new Error(`expected to begin, got ${begun.status}`);
  return begun.lease;
}

describe("of many processes at once", () => {
  test("one begins a task", async () => {
    const { taskId } = await recordTask(store);
    const results = await times(40, (place) => processOf(place).tasks.begin(taskId, lease));
    expect(results.filter(({ status }) => status === "begun")).toHaveLength(1);
    expect(results.filter(({ status }) => status === "held")).toHaveLength(39);
  });

  test("one takes over a task whose lease has ended, and one fence is raised", async () => {
    const { taskId } = await recordTask(store);
    await store.tasks.begin(taskId, { leaseMs: 1, agent: "scripted" });
    await database.query("SELECT pg_sleep(0.01)", []);
    const results = await times(40, (place) => processOf(place).tasks.begin(taskId, lease));
    expect(results.filter(({ status }) => status === "begun")).toHaveLength(1);
    expect(await store.tasks.find(taskId)).toMatchObject({ fence: 2, attempt: 2 });
  });

  test("one accepts a delivery, and all return its task", async () => {
    const request = taskRequestFixture();
    const delivery = deliveryFixture();
    const results = await times(40, (place) => processOf(place).inbox.record(delivery, request));
    expect(results.filter(({ status }) => status === "accepted")).toHaveLength(1);
    expect(new Set(results.map((result) => (result.status === "ignored" ? null : result.taskId))).size).toBe(1);
    expect((await store.inbox.find(results[0]?.deliveryId ?? ""))?.seenCount).toBe(40);
  });

  test("one accepts a request of forty bodies, and the others return its task and are stored beside it", async () => {
    const [dedupeKey, provider] = [freshId("comment"), freshId("provider")];
    const request = taskRequestFixture({}, tenantFixture(), provider);
    const results = await times(40, (place) =>
      processOf(place).inbox.record(deliveryFixture({ dedupeKey, provider }), request),
    );
    expect(results.filter(({ status }) => status === "accepted")).toHaveLength(1);
    const taskIds = new Set(results.map((result) => (result.status === "ignored" ? null : result.taskId)));
    expect(taskIds.size).toBe(1);
    const [taskId] = taskIds;
    const { items } = await store.inbox.search({ provider, status: "duplicate", limit: 100 });
    expect(items).toHaveLength(39);
    for (const { verdict } of items) expect(verdict).toEqual({ status: "duplicate", taskId });
  });

  test("each recording for one new thread joins the same one, by whichever of its names", async () => {
    const tenant = tenantFixture();
    const [issue, pullRequest] = [freshId("issue"), freshId("pull")];
    const names = [[issue], [pullRequest, issue], [issue, pullRequest]];
    const recorded = await times(30, (place) =>
      recordTask(processOf(place), { threadAliases: names[place % 3] ?? [issue] }, tenant),
    );
    const { provider = "", tenant: scope = "" } = recorded[0]?.draft.origin ?? {};
    const thread = await store.threads.find({ provider, tenant: scope, alias: issue });
    expect(new Set(recorded.map(({ entry }) => entry.lane))).toEqual(new Set([thread?.id]));
  });

  test("the tasks of a thread run in their order, one at a time", async () => {
    const first = await recordTask(store);
    const others = await times(11, (place) => recordTask(processOf(place), first.draft, first.tenant));
    const taskIds = [first, ...others].map(({ taskId }) => taskId);
    const inOrder = await database.query("SELECT id FROM tasks WHERE id = ANY ($1) ORDER BY sequence", [taskIds]);
    const ran: string[] = [];
    for (let round = 0; round < taskIds.length; round += 1) {
      const results = await times(taskIds.length, (place) => processOf(place).tasks.begin(taskIds[place] ?? "", lease));
      const begun = results.flatMap((result) => (result.status === "begun" ? [result.lease] : []));
      expect(begun).toHaveLength(1);
      for (const held of begun) {
        ran.push(held.taskId);
        await store.tasks.settle(held, { status: "failed", reason: "agent_failed", explanation: "It failed." });
      }
    }
    expect(ran).toEqual(inOrder.map(({ id }) => id));
  });

  test("events that are appended at the same moment are numbered without gaps", async () => {
    const held = await begin(store, (await recordTask(store)).taskId);
    const event = { type: "agent:message", at: new Date(1.8e12), data: {} } as const;
    for (let round = 0; round < 10; round += 1) {
      await times(3, (place) => processOf(place).transcript.append(held, [event, event]));
    }
    const events = await store.transcript.read(held.taskId, { afterSeq: 0, limit: 100 });
    expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
  });

  test("fifty reserve to the cent, and never more than there is", async () => {
    const scope = freshId("day");
    const leases = await times(50, async (place) => await begin(processOf(place), (await recordTask(store)).taskId));
    const results = await times(50, (place) => {
      const held = leases[place];
      if (!held) throw new Error("expected a lease");
      return processOf(place).budgets.reserve(held, 0.1, [
        { scope, limitUsd: 3.3 },
        { scope: `${scope}/${place % 5}`, limitUsd: 100 },
      ]);
    });
    expect(results.filter(({ status }) => status === "reserved")).toHaveLength(33);
    expect(await store.budgets.balance(scope)).toEqual({ reservedUsd: 3.3, spentUsd: 0 });
    await times(50, async (place) => {
      const held = leases[place];
      if (held) await processOf(place).budgets.settle(held, 0.07);
    });
    expect(await store.budgets.balance(scope)).toEqual({ reservedUsd: 0, spentUsd: 2.31 });
  });

  test("each recovers another part of what was abandoned", async () => {
    const recorded = await times(40, () => recordTask(store));
    await times(40, (place) =>
      processOf(place).tasks.begin(recorded[place]?.taskId ?? "", { leaseMs: 1, agent: "scripted" }),
    );
    await database.query("SELECT pg_sleep(0.01)", []);
    const recovered = (await times(8, (place) => processOf(place).outbox.recover(100))).flat();
    expect(recovered.map(({ id }) => id).toSorted()).toEqual(recorded.map(({ taskId }) => taskId).toSorted());
  });
});

describe("a heartbeat", () => {
  test("writes no index, so that the table stays small whatever runs", async () => {
    const held = await begin(store, (await recordTask(store)).taskId);
    const counted = `SELECT pg_stat_get_xact_tuples_updated('tasks'::regclass) AS updated,
      pg_stat_get_xact_tuples_hot_updated('tasks'::regclass) AS hot`;
    await database.transaction(async (transaction) => {
      const inside = createPostgresStore({
        database: { ...database, query: transaction.query },
        keyRing: keyRingFixture(),
      });
      const [before] = await transaction.query(counted, []);
      for (let beat = 0; beat < 20; beat += 1) expect(await inside.tasks.heartbeat(held, 60_000)).toBe("held");
      const [after] = await transaction.query(counted, []);
      expect(Number(after?.["updated"]) - Number(before?.["updated"])).toBe(20);
      // Some leave their page, because a transaction cannot reuse the room of its own dead rows.
      expect(Number(after?.["hot"]) - Number(before?.["hot"])).toBeGreaterThan(10);
    });
  });
});
