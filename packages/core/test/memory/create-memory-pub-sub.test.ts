import { createMemoryPubSub } from "@agentbot/core/memory";
import { pubSubContract } from "@agentbot/core/testing";
import { describe, expect, test } from "vitest";

describe("the memory wake-ups keep the contract", () => {
  const create = async () => {
    const subject = createMemoryPubSub();
    return { subject, dispose: () => subject.close() };
  };
  for (const { name, run } of pubSubContract({ create })) test(name, run);
});

test("wake-ups that come before the callback ran are one", async () => {
  const pubSub = createMemoryPubSub();
  let count = 0;
  pubSub.subscribe("task", () => {
    count += 1;
  });
  for (let round = 0; round < 10; round += 1) pubSub.publish("task");
  expect(count).toBe(0);
  await Promise.resolve();
  expect(count).toBe(1);
});

test("a callback that unsubscribes before its wake-up came is not called", async () => {
  const pubSub = createMemoryPubSub();
  let count = 0;
  const stop = pubSub.subscribe("task", () => {
    count += 1;
  });
  pubSub.publish("task");
  stop();
  await Promise.resolve();
  expect(count).toBe(0);
});
