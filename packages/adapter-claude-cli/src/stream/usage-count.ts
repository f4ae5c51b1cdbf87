import type { Usage } from "@agentbot/core";
import { noUsage } from "@agentbot/core/adapter";
import type { AssistantLine, ModelUse, ResultLine, Use } from "./line-schemas.js";

/** Counts the tokens and the cost of a run: from its result lines, or from its messages if it ended before one. */
export interface UsageCount {
  addMessage(line: AssistantLine): void;
  addResult(line: ResultLine): void;
  /** Returns the usage of this run. The CLI's total of a resumed session includes earlier runs; that part is left out. */
  total(isResumed: boolean): Usage;
  /** Returns the number of messages of the model. */
  messages(): number;
  /** Returns the model that cost most, or wrote last; null without one. */
  model(): string | null;
}

/** An empty count. */
export function createUsageCount(): UsageCount {
  let finishedMessages: Usage = noUsage;
  let message: { readonly id: string | null; readonly usage: Usage } = { id: null, usage: noUsage };
  let messages = 0;
  let model: string | null = null;
  let results = 0;
  let resultUse: Usage = noUsage;
  let everyModel: Usage = noUsage;
  let sinceResume: Usage | null = null;

  return {
    addMessage({ message: { id, model: writer, usage } }) {
      // A message that the CLI made itself is neither a turn nor usage.
      if (writer === "<synthetic>") return;
      model = writer ?? model;
      if (id === null || id !== message.id) {
        messages += 1;
        finishedMessages = sum(finishedMessages, message.usage);
        message = { id, usage: noUsage };
      }
      // Each block of a message repeats the message's usage so far.
      message = { id, usage: greatest(message.usage, usageOf(usage)) };
    },
    addResult(line) {
      results += 1;
      resultUse = greatest(resultUse, { ...usageOf(line.usage), costUsd: line.total_cost_usd });
      everyModel = greatest(everyModel, usageOfModels(line.modelUsage));
      const since = line.model_usage_since_last_result;
      if (since !== null) sinceResume = sum(sinceResume ?? noUsage, usageOfModels(since));
      model = costliest(line.modelUsage) ?? model;
    },
    total(isResumed) {
      if (results === 0) {
        const used = sum(finishedMessages, message.usage);
        return { ...used, costUsd: estimateCostUsd(model, used) };
      }
      const costUsd = isResumed && sinceResume !== null ? sinceResume.costUsd : resultUse.costUsd;
      // On a budget stop the line's own token counts lack the last turn, or are 0; those by model are complete.
      const since = sinceResume ?? noUsage;
      const ofLine = hasTokens(resultUse) || (isResumed && sinceResume !== null) ? resultUse : everyModel;
      const tokens = hasTokens(since) ? since : ofLine;
      return { ...tokens, costUsd };
    },
    messages: () => messages,
    model: () => model,
  };
}

function costliest(use: ModelUse): string | null {
  const [first] = Object.entries(use).sort(([, left], [, right]) => right.costUSD - left.costUSD);
  return first === undefined ? null : first[0];
}

/** Returns the tokens of one message or result, without the cost. */
function usageOf(use: Use): Usage {
  return {
    costUsd: 0,
    inputTokens: use.input_tokens,
    outputTokens: use.output_tokens,
    cacheReadTokens: use.cache_read_input_tokens,
    cacheCreationTokens: use.cache_creation_input_tokens,
  };
}

/** Returns the tokens and the cost of all models together. */
function usageOfModels(use: ModelUse): Usage {
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
function sum(left: Usage, right: Usage): Usage {
  return combine(left, right, (one, other) => one + other);
}

/** Returns the greater of two counts that both start at 0, number by number. */
function greatest(left: Usage, right: Usage): Usage {
  return combine(left, right, Math.max);
}

/** Returns whether any token was counted. */
function hasTokens(usage: Usage): boolean {
  return usage.inputTokens + usage.outputTokens + usage.cacheReadTokens + usage.cacheCreationTokens > 0;
}

/** US dollars per million tokens at list price, by the model's name; the last line is for unknown models. */
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
 * Estimates the cost of a run that ended before the CLI reported it: stopped, timed out or killed. The list price is
 * used, so that a run without a result is never free.
 */
export function estimateCostUsd(model: string | null, usage: Usage): number {
  const { input, output } = prices.find((price) => price.model.test(model ?? "")) ?? { input: 0, output: 0 };
  const cached = usage.cacheCreationTokens * cacheWriteFactor + usage.cacheReadTokens * cacheReadFactor;
  return ((usage.inputTokens + cached) * input + usage.outputTokens * output) / 1_000_000;
}
