import type { Usage } from "@agentbot/core";
import { noUsage } from "@agentbot/core/adapter";
import { estimateCostUsd } from "./estimate-cost.js";
import type { AssistantLine, ResultLine } from "./line-schemas.js";
import { greatest, hasTokens, sum, usageOf, usageOfModels } from "./usage-sum.js";
import type { ModelUse } from "./use-schema.js";

/** Counts what a run used: from its result lines, or from its messages when it was cut off before one. */
export interface UsageCount {
  addMessage(line: AssistantLine): void;
  addResult(line: ResultLine): void;
  /** What this run used. A resumed session's total includes what earlier runs used; that part is left out. */
  total(isResumed: boolean): Usage;
  /** How many messages the model wrote. */
  messages(): number;
  /** The model that cost most, or wrote last; null when none did. */
  model(): string | null;
}

/** Makes an empty {@link UsageCount}. */
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
      // What the CLI says in its own name is neither a turn nor use.
      if (writer === "<synthetic>") return;
      model = writer ?? model;
      if (id === null || id !== message.id) {
        messages += 1;
        finishedMessages = sum(finishedMessages, message.usage);
        message = { id, usage: noUsage };
      }
      // Each block of a message repeats its usage, so far.
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
      // On a budget stop the line's own token counts lack the last turn, or are zero; those by model are right.
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
