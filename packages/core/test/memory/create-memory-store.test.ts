import { createMemoryStore } from "@agentbot/core/memory";
import { storeContract } from "@agentbot/core/testing";
import { describe, expect, test } from "vitest";

describe("the memory store keeps the store contract", () => {
  const create = async () => ({ subject: createMemoryStore(), dispose: async () => {} });
  for (const { name, run } of storeContract({ create })) test(name, run);
});

describe("one memory store can serve every case", () => {
  const subject = createMemoryStore();
  const create = async () => ({ subject, dispose: async () => {} });
  for (const { name, run } of storeContract({ create })) test(name, run);
});

test("a value that is not a clock is refused by name", () => {
  expect(() => createMemoryStore(JSON.parse('{"clock":"noon"}'))).toThrow("createMemoryStore: clock: expected a Clock");
});
