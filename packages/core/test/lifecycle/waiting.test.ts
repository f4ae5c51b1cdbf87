import { describe, expect, test } from "vitest";
import { backOffMs } from "../../src/lifecycle/back-off.js";
import { once } from "../../src/lifecycle/once.js";
import { sleep } from "../../src/lifecycle/system-clock.js";

describe("back-off", () => {
  const backOff = { baseMs: 100, capMs: 1000 };

  test("doubles up to its cap", () => {
    const longest = [1, 2, 3, 4, 5, 50].map((attempt) => backOffMs(attempt, backOff, () => 1));
    expect(longest).toEqual([100, 200, 400, 800, 1000, 1000]);
  });

  test("never waits less than half of it", () => {
    expect(backOffMs(3, backOff, () => 0)).toBe(200);
  });
});

describe("sleep", () => {
  test("ends early when the signal aborts, without an error", async () => {
    const controller = new AbortController();
    const sleeping = sleep(60_000, controller.signal);
    controller.abort();
    await expect(sleeping).resolves.toBeUndefined();
    await expect(sleep(60_000, controller.signal)).resolves.toBeUndefined();
  });
});

describe("once", () => {
  test("runs the work one time and gives every caller the same promise", () => {
    let calls = 0;
    const start = once(async () => {
      calls += 1;
    });
    expect(start()).toBe(start());
    expect(calls).toBe(1);
  });
});
