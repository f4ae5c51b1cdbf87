import { describe, expect, test } from "vitest";
import { type EffectContext, type EffectPlan, performOnce } from "../../src/effects/perform-once.js";
import { systemClock } from "../../src/lifecycle/system-clock.js";
import { createMemoryStore } from "../../src/memory/create-memory-store.js";
import type { JsonValue } from "../../src/task/json.js";
import type { Lease } from "../../src/task/lease.js";
import { createManualClock } from "../../src/testing/create-manual-clock.js";
import { eventually } from "../../src/testing/eventually.js";
import { rejectsWithCode } from "../../src/testing/rejects-with-code.js";
import { beginTask, runningTask, takenOverTask } from "../../src/testing/store/begin-task.js";
import { recordTask } from "../../src/testing/store/record-task.js";

/** A provider that holds at most one thing, and records its calls. */
function createShelf(answers: { readonly find?: readonly (JsonValue | null)[] } = {}) {
  const calls: string[] = [];
  const finds = [...(answers.find ?? [])];
  const plan: EffectPlan = {
    key: "task/pull-request",
    kind: "pull-request",
    find: async () => {
      calls.push("find");
      return finds.shift() ?? null;
    },
    perform: async () => {
      calls.push("perform");
      return { number: 1 };
    },
  };
  return { calls, plan };
}

async function setUp(overrides: Partial<EffectContext> = {}) {
  const store = createMemoryStore();
  const { lease } = await runningTask(store);
  const context: EffectContext = {
    ...{ ledger: store.effects, lease, clock: systemClock, recheckDelayMs: 1 },
    signal: new AbortController().signal,
    ...overrides,
  };
  const intend = () => store.effects.intend(lease, { key: "task/pull-request", kind: "pull-request" });
  const listed = () => store.effects.list(lease.taskId);
  return { store, lease, context, intend, listed };
}

describe("an effect", () => {
  test.each([
    {
      known: "new",
      mayPreexist: false,
      find: [{ number: 9 }],
      calls: ["perform"],
      outcome: "performed",
      result: { number: 1 },
    },
    { known: "new", find: [null], calls: ["find", "perform"], outcome: "performed", result: { number: 1 } },
    { known: "new", find: [{ number: 9 }], calls: ["find"], outcome: "found", result: { number: 9 } },
    { known: "unresolved", find: [{ number: 9 }], calls: ["find"], outcome: "found", result: { number: 9 } },
    {
      known: "unresolved",
      find: [null, { number: 9 }],
      calls: ["find", "find"],
      outcome: "found",
      result: { number: 9 },
    },
    {
      ...{ known: "unresolved", find: [null, null], calls: ["find", "find", "perform"] },
      ...{ outcome: "performed", result: { number: 1 } },
    },
    { known: "performed", find: [{ number: 9 }], calls: [], outcome: "known", result: { number: 5 } },
  ])(
    "that is $known where a look finds $find is $outcome",
    async ({ known, mayPreexist = true, find, calls, outcome, result }) => {
      const { context, lease, intend, listed } = await setUp();
      if (known !== "new") await intend();
      if (known === "performed") await context.ledger.complete(lease, "task/pull-request", { number: 5 });
      const shelf = createShelf({ find });
      expect(await performOnce({ ...shelf.plan, mayPreexist }, context)).toEqual({ outcome, result });
      expect(shelf.calls).toEqual(calls);
      expect(await listed()).toMatchObject([{ key: "task/pull-request", result, performedAt: expect.any(Date) }]);
    },
  );

  test("whose answer was lost is found by the next try, and not repeated", async () => {
    const { context } = await setUp();
    const there: JsonValue[] = [];
    let performed = 0;
    const plan: EffectPlan = {
      ...{ key: "task/status-comment", kind: "status-comment" },
      find: async () => there[0] ?? null,
      perform: async () => {
        performed += 1;
        there.push({ id: "1" });
        throw new Error("the connection broke after the request was sent");
      },
    };
    await expect(performOnce(plan, context)).rejects.toThrow("the connection broke");
    expect(await performOnce(plan, context)).toEqual({ outcome: "found", result: { id: "1" } });
    expect(performed).toBe(1);
  });

  test("whose result could not be recorded is found by the next try", async () => {
    const { context } = await setUp();
    const shelf = createShelf({ find: [{ number: 1 }] });
    const complete = async (): Promise<never> => {
      throw new Error("the store is down");
    };
    await expect(performOnce(shelf.plan, { ...context, ledger: { ...context.ledger, complete } })).rejects.toThrow();
    expect(await performOnce(shelf.plan, context)).toEqual({ outcome: "found", result: { number: 1 } });
    expect(shelf.calls).toEqual(["perform", "find"]);
  });

  test("of unknown fate is looked for again only after the pause", async () => {
    const clock = createManualClock();
    const { context, intend } = await setUp({ clock, recheckDelayMs: 3000 });
    await intend();
    const shelf = createShelf({ find: [null, { number: 9 }] });
    const performing = performOnce(shelf.plan, context);
    await eventually("the pause", () => (clock.sleeperCount === 1 ? true : null));
    await clock.advance(2999);
    expect(shelf.calls).toEqual(["find"]);
    await clock.advance(1);
    expect(await performing).toMatchObject({ outcome: "found" });
    expect(shelf.calls).toEqual(["find", "find"]);
  });

  test("is not performed when the run is stopped during the pause", async () => {
    const clock = createManualClock();
    const stopping = new AbortController();
    const { context, intend, listed } = await setUp({ clock, recheckDelayMs: 3000, signal: stopping.signal });
    await intend();
    const shelf = createShelf();
    const performing = performOnce(shelf.plan, context);
    await eventually("the pause", () => (clock.sleeperCount === 1 ? true : null));
    stopping.abort(new Error("the lease is lost"));
    await expect(performing).rejects.toThrow("the lease is lost");
    expect(shelf.calls).toEqual(["find"]);
    expect(await listed()).toMatchObject([{ performedAt: null }]);
    expect(clock.sleeperCount).toBe(0);
  });

  test("is not performed when the run is stopped while it is looked for", async () => {
    const stopping = new AbortController();
    const { context } = await setUp({ signal: stopping.signal });
    const shelf = createShelf();
    const find = async (): Promise<null> => {
      stopping.abort(new Error("the lease is lost"));
      return null;
    };
    await expect(performOnce({ ...shelf.plan, mayPreexist: true, find }, context)).rejects.toThrow("the lease is lost");
    expect(shelf.calls).toEqual([]);
  });

  test("under an old fence is neither looked for nor performed", async () => {
    const store = createMemoryStore();
    const { stale } = await takenOverTask(store);
    const { context } = await setUp({ ledger: store.effects, lease: stale });
    const shelf = createShelf();
    await rejectsWithCode(performOnce(shelf.plan, context), "LEASE_LOST");
    expect(shelf.calls).toEqual([]);
  });

  test("of one task is nothing to another task's", async () => {
    const { store, context } = await setUp();
    const { lease: other }: { lease: Lease } = await beginTask(store, (await recordTask(store)).taskId);
    const shelf = createShelf();
    await performOnce(shelf.plan, context);
    const second = { ...shelf.plan, key: "other/pull-request" };
    expect(await performOnce(second, { ...context, lease: other })).toMatchObject({ outcome: "performed" });
  });

  test("whose repetition changes nothing is repeated without looking or waiting", async () => {
    const { intend, context } = await setUp({ recheckDelayMs: 3_600_000 });
    await intend();
    const { calls, plan } = createShelf();
    const repeated = await performOnce({ ...plan, find: null }, context);
    expect(repeated).toEqual({ outcome: "performed", result: { number: 1 } });
    expect(calls).toEqual(["perform"]);
  });
});
