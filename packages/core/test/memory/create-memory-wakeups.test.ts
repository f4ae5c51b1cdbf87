import { createMemoryWakeups } from "@agentbot/core/memory";
import { wakeupsContract } from "@agentbot/core/testing";
import { describe, expect, test } from "vitest";

describe("the memory wake-ups keep the contract", () => {
  const create = async () => {
    const subject = createMemoryWakeups();
    return { subject, dispose: () => subject.close() };
  };
  for (const { name, run } of wakeupsContract({ create })) test(name, run);
});

test("wake-ups that come before the callback ran are one", async () => {
  const wakeups = createMemoryWakeups();
  let count = 0;
  wakeups.subscribe("task", () => {
    count += 1;
  });
  for (let round = 0; round < 10; round += 1) wakeups.publish("task");
  expect(count).toBe(0);
  await Promise.resolve();
  expect(count).toBe(1);
});

test("a callback that unsubscribes before its wake-up came is not called", async () => {
  const wakeups = createMemoryWakeups();
  let count = 0;
  const stop = wakeups.subscribe("task", () => {
    count += 1;
  });
  wakeups.publish("task");
  stop();
  await Promise.resolve();
  expect(count).toBe(0);
});
