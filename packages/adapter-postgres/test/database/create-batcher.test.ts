import { eventually } from "@agentbot/core/testing";
import { describe, expect, test } from "vitest";
import { createBatcher } from "../../src/database/create-batcher.js";

/** A batcher of numbers that the test ends. */
function slowBatcher(patience?: { maxWaitMs: number; error: () => Error }) {
  const batches: { readonly items: readonly number[]; readonly end: () => void }[] = [];
  const add = createBatcher<number, number>({
    ...{ maxItems: 10, maxWeight: 10, concurrency: 1, weightOf: () => 1 },
    // Numbers of one parity share a name.
    namesOf: (item) => [String(item % 2)],
    ...(patience ? { patience } : {}),
    run: (items) =>
      new Promise((resolve) => {
        batches.push({ items, end: () => resolve(items.map((item) => item * 10)) });
      }),
  });
  const batch = (index: number) => eventually(`batch ${index}`, () => batches[index] ?? null);
  return { add, batch, batches };
}

describe("work that arrives together", () => {
  test("shares a batch, but for what shares a name, and each gets its own result", async () => {
    const { add, batch } = slowBatcher();
    const results = Promise.all([add(1), add(2), add(3)]);
    const first = await batch(0);
    expect(first.items).toEqual([1, 2]);
    first.end();
    const second = await batch(1);
    expect(second.items).toEqual([3]);
    second.end();
    expect(await results).toEqual([10, 20, 30]);
  });

  test("fails instead of holding up what came later, once it has waited too long", async () => {
    const { add, batch, batches } = slowBatcher({ maxWaitMs: 50, error: () => new Error("too busy") });
    const underWay = add(1);
    const first = await batch(0);
    const startedAt = performance.now();
    const old = [add(3), add(5), add(7)].map((one) => one.catch(({ message }: Error) => message));
    await eventually("them to be old", () => (performance.now() > startedAt + 100 ? true : null));
    const young = add(9);
    first.end();
    expect(await underWay).toBe(10);
    expect(await Promise.all(old)).toEqual(["too busy", "too busy", "too busy"]);
    const second = await batch(1);
    expect(second.items).toEqual([9]);
    second.end();
    expect(await young).toBe(90);
    expect(batches).toHaveLength(2);
  });
});
