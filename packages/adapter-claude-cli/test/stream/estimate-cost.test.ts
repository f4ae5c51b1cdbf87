import { noUsage } from "@agentbot/core/adapter";
import { expect, test } from "vitest";
import { estimateCostUsd } from "../../src/stream/usage-count.js";

const million = { ...noUsage, inputTokens: 1_000_000, outputTokens: 1_000_000 };

test.each([
  ["claude-haiku-4-5-20251001", 6],
  ["claude-sonnet-4-5-20250929", 18],
  ["claude-opus-4-1-20250805", 90],
  ["claude-3-5-haiku-20241022", 4.8],
  ["claude-3-opus-20240229", 90],
  ["claude-opus-4-5-20251101", 30],
  ["claude-opus-5-5", 24],
  ["claude-opus-9", 90],
  ["some-future-model", 90],
  [null, 90],
] as const)("a million tokens in and out of %s are $%d", (model, costUsd) => {
  expect(estimateCostUsd(model, million)).toBe(costUsd);
});

test("tokens of the cache have their own factors", () => {
  const usage = { ...noUsage, cacheCreationTokens: 1_000_000, cacheReadTokens: 1_000_000 };
  expect(estimateCostUsd("claude-sonnet-4-6", usage)).toBeCloseTo(3 * 1.25 + 3 * 0.1);
});

test("no usage costs nothing", () => {
  expect(estimateCostUsd("claude-opus-5-5", noUsage)).toBe(0);
});
