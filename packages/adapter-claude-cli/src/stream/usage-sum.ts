import type { Usage } from "@agentbot/core";
import { noUsage } from "@agentbot/core/adapter";
import type { ModelUse, Use } from "./line-schemas.js";

/** Returns the tokens of one message or result, without the cost. */
export function usageOf(use: Use): Usage {
  return {
    costUsd: 0,
    inputTokens: use.input_tokens,
    outputTokens: use.output_tokens,
    cacheReadTokens: use.cache_read_input_tokens,
    cacheCreationTokens: use.cache_creation_input_tokens,
  };
}

/** Returns the tokens and the cost of all models together. */
export function usageOfModels(use: ModelUse): Usage {
  return Object.values(use)
    .map((one) => ({
      costUsd: one.costUSD,
      inputTokens: one.inputTokens,
      outputTokens: one.outputTokens,
      cacheReadTokens: one.cacheReadInputTokens,
      cacheCreationTokens: one.cacheCreationInputTokens,
    }))
    .reduce(sum, noUsage);
}

function combine(left: Usage, right: Usage, by: (left: number, right: number) => number): Usage {
  return {
    costUsd: by(left.costUsd, right.costUsd),
    inputTokens: by(left.inputTokens, right.inputTokens),
    outputTokens: by(left.outputTokens, right.outputTokens),
    cacheReadTokens: by(left.cacheReadTokens, right.cacheReadTokens),
    cacheCreationTokens: by(left.cacheCreationTokens, right.cacheCreationTokens),
  };
}

/** Adds two usages, number by number. */
export function sum(left: Usage, right: Usage): Usage {
  return combine(left, right, (one, other) => one + other);
}

/** Returns the greater of two counts that both start at 0, number by number. */
export function greatest(left: Usage, right: Usage): Usage {
  return combine(left, right, Math.max);
}

/** Returns whether any token was counted. */
export function hasTokens(usage: Usage): boolean {
  return usage.inputTokens + usage.outputTokens + usage.cacheReadTokens + usage.cacheCreationTokens > 0;
}
