import { describe, expect, test } from "vitest";
import { createSilentLogger } from "../../src/logger/create-silent-logger.js";
import type { Logger } from "../../src/ports/logger.js";
import { loggerContract } from "../../src/testing/logger-contract.js";

describe("the silent logger", () => {
  const create = async () => ({ subject: createSilentLogger(), dispose: async () => {} });
  for (const { name, run } of loggerContract({ create })) test(name, run);
});

describe("the logger contract catches a logger", () => {
  const broken: readonly (readonly [string, Logger])[] = [
    ["whose lines throw on a cycle", { ...createSilentLogger(), info: (facts) => void JSON.stringify(facts) }],
    ["whose child is no logger", { ...createSilentLogger(), child: () => JSON.parse("{}") }],
    ["that answers a line", { ...createSilentLogger(), warn: () => JSON.parse("1") }],
  ];
  test.each(broken)("%s", async (_, subject) => {
    const outcomes = await Promise.allSettled(
      loggerContract({ create: async () => ({ subject, dispose: async () => {} }) }).map(({ run }) => run()),
    );
    expect(outcomes.some(({ status }) => status === "rejected")).toBe(true);
  });
});
