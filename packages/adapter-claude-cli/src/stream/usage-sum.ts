import type { Usage } from "@agentbot/core";
import { noUsage } from "@agentbot/core/adapter";
import type { ModelUse, Use } from "./use-schema.js";

/** Tokens of one message or result; the money is counted elsewhere. */
export function usageOf(use: Use): Usage {
  return {
    costUsd: 0,
    inputTokens: use.input_tokens,
    outputTokens: use.output_tokens,
    cacheReadTokens: use.cache_read_input_tokens,
    cacheCreationTokens: use.cache_creation_input_tokens,
  };
}

/** Tokens and money of all models together. */
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

/** Adds two uses, number by number. */
export function sum(left: Usage, right: Usage): Usage {
  return combine(left, right, (one, other) => one + other);
}

/** The greater of two counts that both start at zero, number by number. */
export function greatest(left: Usage, right: Usage): Usage {
  return combine(left, right, Math.max);
}

/** Was any token counted? */
export function hasTokens(usage: Usage): boolean {
  return usage.inputTokens + usage.outputTokens + usage.cacheReadTokens + usage.cacheCreationTokens > 0;
}
