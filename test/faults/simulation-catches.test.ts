import { createHash } from "node:crypto";
import type { Lease, Store } from "@agentbot/core";
import { describe, expect, test } from "vitest";
import { type Action, makePlan, type Plan } from "./simulation/plan.js";
import { type Breakage, simulate } from "./simulation/simulate.js";

/** More seeds than any of these breakages needs to be seen. */
const seeds = 400;

/** The violation of the first simulation that fails in this way. */
async function firstViolation(
  breakage: Breakage,
  expected: RegExp,
  change = (plan: Plan): Plan => plan,
): Promise<string | null> {
  for (let seed = 1; seed <= seeds; seed += 1) {
    const { violations } = await simulate(change(makePlan(seed)), breakage);
    const found = violations.find((violation) => expected.test(violation));
    if (found !== undefined) return found;
  }
  return null;
}

/** The same plan, in which the first worker is stopped past its leases again and again. */
function withPauses(plan: Plan): Plan {
  const pauses = [0, 1, 2].map((round): Action => {
    const times = { atMs: 8000 + 48_000 * round, forMs: 40_000 };
    return { kind: "pause", machine: plan.gateways, areAnswersFirst: true, ...times };
  });
  return { ...plan, workers: Math.max(2, plan.workers), actions: [...plan.actions, ...pauses] };
}

/** Writes under whatever fence is newest, as a store without that check would. */
function withoutFences(store: Store): Store {
  const newest = async ({ taskId, fence }: Lease): Promise<Lease> => ({
    taskId,
    fence: (await store.tasks.find(taskId))?.fence ?? fence,
  });
  const { tasks, checkpoints, effects } = store;
  return {
    ...store,
    tasks: { ...tasks, settle: async (lease, settlement) => tasks.settle(await newest(lease), settlement) },
    checkpoints: { ...checkpoints, save: async (lease, saved) => checkpoints.save(await newest(lease), saved) },
    effects: {
      ...effects,
      intend: async (lease, effect) => effects.intend(await newest(lease), effect),
      complete: async (lease, key, result) => effects.complete(await newest(lease), key, result),
    },
  };
}

describe("the simulation catches", () => {
  test("a store that forgets which thread a task belongs to", async () => {
    let count = 0;
    const breakage: Breakage = {
      store: ({ inbox, ...store }) => ({
        ...store,
        inbox: {
          ...inbox,
          record: (delivery, request) => {
            if (request.kind !== "task") return inbox.record(delivery, request);
            count += 1;
            return inbox.record(delivery, { ...request, draft: { ...request.draft, threadAliases: [`own ${count}`] } });
          },
        },
      }),
    };
    expect(await firstViolation(breakage, /began before task .* of its thread had ended/)).not.toBeNull();
  });

  test("a store that lets an old fence write", async () => {
    expect(await firstViolation({ store: withoutFences }, /under fence 1, held under/, withPauses)).not.toBeNull();
  });

  test("a ledger that forgets intents", async () => {
    const breakage: Breakage = {
      store: ({ effects, ...store }) => ({
        ...store,
        effects: {
          ...effects,
          intend: async (lease, effect) => {
            const known = await effects.intend(lease, effect);
            return known.status === "unresolved" ? { status: "new" } : known;
          },
        },
      }),
    };
    expect(await firstViolation(breakage, /has 2 (?:comments|pull requests)/)).not.toBeNull();
  });

  test("an inbox that recognizes no repeated delivery", async () => {
    let count = 0;
    const breakage: Breakage = {
      store: ({ inbox, ...store }) => ({
        ...store,
        inbox: {
          ...inbox,
          record: (delivery, request) => {
            count += 1;
            const bodySha256 = createHash("sha256").update(String(count)).digest("hex");
            return inbox.record({ ...delivery, bodySha256, dedupeKey: null }, request);
          },
        },
      }),
    };
    expect(await firstViolation(breakage, /became tasks .* and/)).not.toBeNull();
  });

  test("a ledger that reserves nothing", async () => {
    const breakage: Breakage = {
      store: ({ budgets, ...store }) => ({
        ...store,
        budgets: { ...budgets, reserve: (lease, amountUsd) => budgets.reserve(lease, amountUsd, []) },
      }),
    };
    expect(
      await firstViolation(breakage, /\$[\d.]+ (?:of \$\d+ was spent|was spent and \$0 is on the books)/),
    ).not.toBeNull();
  });

  test("a store that gives up on tasks whose worker is gone", async () => {
    const breakage: Breakage = {
      store: ({ outbox, tasks, ...store }) => ({
        ...store,
        outbox: { ...outbox, recover: async () => [] },
        tasks: {
          ...tasks,
          begin: async (taskId, options) => {
            const task = await tasks.find(taskId);
            if (task?.status === "running") return { status: "held", retryInMs: 1000 };
            return await tasks.begin(taskId, options);
          },
        },
      }),
    };
    expect(await firstViolation(breakage, /never ended: running/)).not.toBeNull();
  });

  test("a worker that does not see that its time is over while the store is silent", async () => {
    const breakage: Breakage = { clock: (clock) => ({ ...clock, monotonicMs: () => 0 }) };
    expect(
      await firstViolation(breakage, /agents of tasks .* run at once|, which .* holds/, withPauses),
    ).not.toBeNull();
  });
});
