import type { Usage } from "@agentbot/core";

/** US dollars per million tokens at list price, by the model's name; the last line is for names nobody knew. */
const prices: readonly { readonly model: RegExp; readonly input: number; readonly output: number }[] = [
  { model: /haiku/, input: 1, output: 5 },
  { model: /sonnet/, input: 3, output: 15 },
  { model: /opus-(?:3|4-[01]|4-2025)/, input: 15, output: 75 },
  { model: /opus/, input: 5, output: 25 },
  { model: /(?:)/, input: 15, output: 75 },
];

// https://platform.claude.com/docs/en/about-claude/pricing: writing the cache costs 1.25 × input, reading it 0.1 ×.
const cacheWriteFactor = 1.25;
const cacheReadFactor = 0.1;

/**
 * What the tokens of a run cost that was cut off before it could say so itself: stopped, timed out, killed. An estimate
 * at list price: a run without a result is never free.
 */
export function estimateCostUsd(model: string | null, usage: Usage): number {
  const { input, output } = prices.find((price) => price.model.test(model ?? "")) ?? { input: 0, output: 0 };
  const cached = usage.cacheCreationTokens * cacheWriteFactor + usage.cacheReadTokens * cacheReadFactor;
  return ((usage.inputTokens + cached) * input + usage.outputTokens * output) / 1_000_000;
}
