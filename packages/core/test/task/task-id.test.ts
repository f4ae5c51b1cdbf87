import { describe, expect, test } from "vitest";
import { newTaskId } from "../../src/task/task-id.js";

describe("a task id", () => {
  test("is a UUIDv7 whose first 48 bits are the time, as in the example of RFC 9562", () => {
    const id = newTaskId(new Date(0x017f22e279b0));
    expect(id).toMatch(/^017f22e2-79b0-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  test("sorts by the time it was made", () => {
    const ids = [3, 1, 2].map((second) => newTaskId(new Date(second * 1000)));
    expect([...ids].sort()).toEqual([ids[1], ids[2], ids[0]]);
  });

  test("is never the same twice", () => {
    const now = new Date();
    expect(new Set(Array.from({ length: 10_000 }, () => newTaskId(now))).size).toBe(10_000);
  });
});
