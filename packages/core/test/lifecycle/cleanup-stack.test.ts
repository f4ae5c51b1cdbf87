import { describe, expect, test } from "vitest";
import { createCleanupStack } from "../../src/lifecycle/cleanup-stack.js";

describe("a cleanup stack", () => {
  test("releases last in, first out, once", async () => {
    const order: number[] = [];
    const stack = createCleanupStack();
    for (const step of [1, 2, 3]) stack.push(() => void order.push(step));
    await Promise.all([stack.run(), stack.run()]);
    expect(order).toEqual([3, 2, 1]);
  });

  test("runs every release and throws the first error", async () => {
    const order: string[] = [];
    const stack = createCleanupStack();
    stack.push(() => void order.push("first acquired"));
    stack.push(() => {
      throw new Error("second acquired");
    });
    stack.push(async () => {
      throw new Error("third acquired");
    });
    await expect(stack.run()).rejects.toThrow("third acquired");
    expect(order).toEqual(["first acquired"]);
  });

  test("releases at once what is acquired after it ran", async () => {
    const stack = createCleanupStack();
    await stack.run();
    let isReleased = false;
    stack.push(() => {
      isReleased = true;
    });
    await stack.run();
    expect(isReleased).toBe(true);
  });
});
