import { systemClock } from "@agentbot/core/adapter";
import { clockContract, createManualClock } from "@agentbot/core/testing";
import { describe, expect, test } from "vitest";

describe("the machine's clock keeps the contract", () => {
  const create = async () => ({ subject: systemClock, dispose: async () => {} });
  for (const { name, run } of clockContract({ create })) test(name, run);
});

describe("a manual clock that is moved keeps the contract", () => {
  const create = async () => {
    const subject = createManualClock();
    let isMoving = true;
    const moving = (async () => {
      while (isMoving) await subject.advance(1);
    })();
    return {
      subject,
      dispose: async () => {
        isMoving = false;
        await moving;
      },
    };
  };
  for (const { name, run } of clockContract({ create })) test(name, run);
});

test("a manual clock stands still until it is moved", async () => {
  const clock = createManualClock(new Date(1000));
  let isAwake = false;
  const sleeping = clock.sleep(100).then(() => {
    isAwake = true;
  });
  await clock.advance(99);
  expect(isAwake).toBe(false);
  expect(clock.sleeperCount).toBe(1);
  await clock.advance(1);
  await sleeping;
  expect(clock.now()).toEqual(new Date(1100));
  expect(clock.sleeperCount).toBe(0);
});

test("a loop of sleeps sees each of its times within one advance", async () => {
  const clock = createManualClock(new Date(0));
  const seen: number[] = [];
  const loop = (async () => {
    for (let round = 0; round < 3; round += 1) {
      await clock.sleep(10);
      seen.push(clock.now().getTime());
    }
  })();
  await clock.advance(100);
  await loop;
  expect(seen).toEqual([10, 20, 30]);
  expect(clock.now()).toEqual(new Date(100));
});

test("a clock that is set back wakes no sleeper early", async () => {
  const clock = createManualClock(new Date(5000));
  const sleeping = clock.sleep(10);
  clock.set(new Date(0));
  await clock.advance(10);
  expect(clock.sleeperCount).toBe(1);
  await clock.advance(5000);
  await sleeping;
});
