import { expect, test } from "vitest";
import { shareNext } from "../../src/process/process-table.js";
import { eventually } from "../../src/testing/eventually.js";

test("shared work begins no earlier than the calls that share it, and once for all of them", async () => {
  const ends: (() => void)[] = [];
  let begun = 0;
  const look = shareNext(async () => {
    begun += 1;
    const number = begun;
    await new Promise<void>((resolve) => ends.push(resolve));
    return number;
  });
  const first = look();
  const late = [look(), look(), look()];
  expect(begun).toBe(1);
  ends[0]?.();
  expect(await first).toBe(1);
  await eventually("the second look", () => begun === 2 || null);
  const later = look();
  ends[1]?.();
  expect(await Promise.all(late)).toEqual([2, 2, 2]);
  await eventually("the third look", () => begun === 3 || null);
  ends[2]?.();
  expect(await later).toBe(3);
});

test("failed work fails for the calls that shared it, and runs again for the next call", async () => {
  let begun = 0;
  const look = shareNext(async () => {
    begun += 1;
    if (begun < 3) throw new Error(`failed ${begun}`);
    return begun;
  });
  const [first, second, third] = [look(), look(), look()];
  await expect(first).rejects.toThrow("failed 1");
  await expect(second).rejects.toThrow("failed 2");
  await expect(third).rejects.toThrow("failed 2");
  expect(await look()).toBe(3);
});
