import type { Usage } from "@agentbot/core";
import { noUsage } from "@agentbot/core/adapter";
import type { AssistantLine, ModelUse, ResultLine, Use } from "./line-schemas.js";

/**
 * Counts the tokens and the cost of a run: the larger of what its result lines say and of what its messages add up to, so
 * that a CLI which reports no cost is billed by its tokens.
 */
export interface UsageCount {
  addMessage(line: AssistantLine): void;
  addResult(line: ResultLine): void;
  /** Returns the usage of this run. The CLI's total of a resumed session includes earlier runs; that part is left out. */
  total(isResumed: boolean): Usage;
  /** Returns what the messages so far cost by the price list, in US dollars. */
  streamedUsd(): number;
  /** Returns the number of messages of the model. */
  messages(): number;
  /** Returns the model that cost most, or wrote last; null without one. */
  model(): string | null;
}

/** A message whose next blocks may still come: those of agents that work side by side alternate. */
interface OpenMessage {
  readonly model: string | null;
  readonly usage: Usage;
}

/** Maximum number of open messages; past it, the oldest one is finished. */
const maxOpenMessages = 100;

/** An empty count; its prices precede the list's. */
export function createUsageCount(prices: ModelPrices = {}): UsageCount {
  const openMessages = new Map<string, OpenMessage>();
  let finished: Usage = noUsage;
  let messages = 0;
  let model: string | null = null;
  let results = 0;
  let resultUse: Usage = noUsage;
  let everyModel: Usage = noUsage;
  let estimate: Usage = noUsage;
  let sinceResume: Usage | null = null;
  let estimateSinceResume: Usage = noUsage;

  const priced = ({ model: writer, usage }: OpenMessage): Usage => ({
    ...usage,
    costUsd: estimateCostUsd(writer, usage, prices),
  });
  const streamed = (): Usage => [...openMessages.values()].map(priced).reduce(sum, finished);

  return {
    addMessage({ message: { id, model: writer, usage } }) {
      // A message that the CLI made itself is neither a turn nor usage.
      if (writer === "<synthetic>") return;
      model = writer ?? model;
      const known = id === null ? undefined : openMessages.get(id);
      if (!known) messages += 1;
      // Each block of a message repeats the message's usage so far.
      const message = { model, usage: greatest(known?.usage ?? noUsage, usageOf(usage)) };
      if (id === null) finished = sum(finished, priced(message));
      else openMessages.set(id, message);
      const [oldest] = openMessages;
      if (!oldest || openMessages.size <= maxOpenMessages) return;
      openMessages.delete(oldest[0]);
      finished = sum(finished, priced(oldest[1]));
    },
    addResult(line) {
      results += 1;
      resultUse = greatest(resultUse, { ...usageOf(line.usage), costUsd: line.total_cost_usd });
      everyModel = greatest(everyModel, usageOfModels(line.modelUsage));
      estimate = greatest(estimate, estimateOfModels(line.modelUsage, prices));
      const since = line.model_usage_since_last_result;
      if (since !== null) {
        sinceResume = sum(sinceResume ?? noUsage, usageOfModels(since));
        estimateSinceResume = sum(estimateSinceResume, estimateOfModels(since, prices));
      }
      model = costliest(line.modelUsage) ?? model;
    },
    total(isResumed) {
      if (results === 0) return streamed();
      const isSplit = isResumed && sinceResume !== null;
      const costUsd = isSplit ? (sinceResume ?? noUsage).costUsd : resultUse.costUsd;
      // On a budget stop the line's own token counts lack the last turn, or are 0; those by model are complete.
      const since = sinceResume ?? noUsage;
      const ofLine = hasTokens(resultUse) || isSplit ? resultUse : everyModel;
      const tokens = hasTokens(since) ? since : ofLine;
      const byTokens = isSplit ? estimateSinceResume : estimate;
      const estimatedUsd = hasTokens(byTokens) ? byTokens.costUsd : estimateCostUsd(model, tokens, prices);
      return greatest({ ...tokens, costUsd: Math.max(costUsd, estimatedUsd) }, streamed());
    },
    streamedUsd: () => streamed().costUsd,
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

/** Returns the tokens and the cost of one model. */
function usageOfModel(use: ModelUse[string]): Usage {
  return {
    costUsd: use.costUSD,
    inputTokens: use.inputTokens,
    outputTokens: use.outputTokens,
    cacheReadTokens: use.cacheReadInputTokens,
    cacheCreationTokens: use.cacheCreationInputTokens,
  };
}

/** Returns the tokens and the cost of all models together, as the CLI reports them. */
function usageOfModels(use: ModelUse): Usage {
  return Object.values(use).map(usageOfModel).reduce(sum, noUsage);
}

/** Returns the tokens of all models together, with what they cost by the prices. */
function estimateOfModels(use: ModelUse, prices: ModelPrices): Usage {
  return Object.entries(use)
    .map(([model, one]) => ({ ...usageOfModel(one), costUsd: estimateCostUsd(model, usageOfModel(one), prices) }))
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

/** The price of a model's tokens, in US dollars per million. */
export interface ModelPrice {
  /** Of the prompt; writing the cache costs 1.25 times as much, reading it a tenth. */
  readonly inputUsd: number;
  /** Of the answer. */
  readonly outputUsd: number;
}

/** Prices by the model's exact name. */
export type ModelPrices = Readonly<Record<string, ModelPrice>>;

/** List prices by the model's name; an unknown model has those of the dearest one. */
const listPrices: readonly (ModelPrice & { readonly model: RegExp })[] = [
  { model: /3-haiku/, inputUsd: 0.25, outputUsd: 1.25 },
  { model: /3-5-haiku/, inputUsd: 0.8, outputUsd: 4 },
  { model: /haiku/, inputUsd: 1, outputUsd: 5 },
  { model: /sonnet/, inputUsd: 3, outputUsd: 15 },
  { model: /3-opus|opus-(?:3|4-[01]|4-2025)/, inputUsd: 15, outputUsd: 75 },
  { model: /opus-4/, inputUsd: 5, outputUsd: 25 },
  { model: /opus-5/, inputUsd: 4, outputUsd: 20 },
];
const dearest: ModelPrice = { inputUsd: 15, outputUsd: 75 };

// https://platform.claude.com/docs/en/about-claude/pricing: writing the cache costs 1.25 × input, reading it 0.1 ×.
const cacheWriteFactor = 1.25;
const cacheReadFactor = 0.1;

/** Estimates what tokens cost, in US dollars, whatever cost the CLI reports. */
export function estimateCostUsd(model: string | null, usage: Usage, prices: ModelPrices = {}): number {
  const name = model ?? "";
  const own = Object.hasOwn(prices, name) ? prices[name] : undefined;
  const { inputUsd, outputUsd } = own ?? listPrices.find((price) => price.model.test(name)) ?? dearest;
  const cached = usage.cacheCreationTokens * cacheWriteFactor + usage.cacheReadTokens * cacheReadFactor;
  return ((usage.inputTokens + cached) * inputUsd + usage.outputTokens * outputUsd) / 1_000_000;
}
