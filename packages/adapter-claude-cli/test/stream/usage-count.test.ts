import { describe, expect, test } from "vitest";
import { parseLine } from "../../src/stream/parse-line.js";
import { createUsageCount } from "../../src/stream/usage-count.js";
import { result } from "../speech.js";

function counted(...lines: object[]) {
  const count = createUsageCount();
  for (const line of lines) {
    const parsed = parseLine(JSON.stringify(line));
    if (parsed.kind === "assistant") count.addMessage(parsed.line);
    if (parsed.kind === "result") count.addResult(parsed.line);
  }
  return count;
}

const block = (id: string, input: number, output: number, model = "model-1") => ({
  type: "assistant",
  message: {
    id,
    model,
    content: [],
    usage: { input_tokens: input, output_tokens: output, cache_read_input_tokens: 7 },
  },
});
const use = (inputTokens: number, costUSD: number) => ({ inputTokens, outputTokens: 1, costUSD });

describe("counting the usage of a run", () => {
  test("without a result: each message once, although each of its blocks repeats its usage", () => {
    const count = counted(block("a", 100, 1), block("a", 100, 5), block("b", 200, 2));
    expect(count.total(false)).toEqual({
      // Estimated: 300 + 1.4 (of the cache) in and 7 out, at the price of an unknown model.
      costUsd: ((300 + 14 * 0.1) * 15 + 7 * 75) / 1_000_000,
      inputTokens: 300,
      outputTokens: 7,
      cacheReadTokens: 14,
      cacheCreationTokens: 0,
    });
    expect(count.messages()).toBe(2);
  });

  test("a message that the CLI made itself is neither usage nor a turn", () => {
    const count = counted(block("a", 100, 1), block("b", 9, 9, "<synthetic>"));
    expect(count.total(false)).toMatchObject({ inputTokens: 100, outputTokens: 1 });
    expect(count.messages()).toBe(1);
    expect(count.model()).toBe("model-1");
  });

  test("with a result: its figures, not the messages'", () => {
    expect(counted(block("a", 1, 1), result()).total(false)).toMatchObject({ costUsd: 0.5, inputTokens: 100 });
  });

  test("a result without tokens of its own, as on a budget stop: those of all models", () => {
    const line = result({ usage: {}, modelUsage: { one: use(100, 0.1), two: use(50, 0.4) } });
    const count = counted(line);
    expect(count.total(false)).toMatchObject({ costUsd: 0.5, inputTokens: 150, outputTokens: 2 });
    expect(count.model()).toBe("two");
  });

  test("a budget stop, whose own tokens lack the last turn: those since the last result", () => {
    const line = result({ usage: { input_tokens: 200 }, model_usage_since_last_result: { one: use(300, 1.26) } });
    expect(counted(line).total(false).inputTokens).toBe(300);
    expect(counted(line).total(true).inputTokens).toBe(300);
  });

  test("several results are cumulative", () => {
    const count = counted(
      result({ total_cost_usd: 0.1 }),
      result({ total_cost_usd: 0.3, usage: { input_tokens: 500 } }),
    );
    expect(count.total(false)).toMatchObject({ costUsd: 0.3, inputTokens: 500, outputTokens: 20 });
  });

  test("a resumed run leaves out the cost of earlier runs, if the CLI reports it separately", () => {
    const line = result({ total_cost_usd: 9, model_usage_since_last_result: { one: use(100, 0.25) } });
    expect(counted(line).total(true).costUsd).toBe(0.25);
    expect(counted(line).total(false).costUsd).toBe(9);
    expect(counted(result({ total_cost_usd: 9 })).total(true).costUsd).toBe(9);
  });

  test("a result that reports less than the tokens cost does not lower the bill", () => {
    const million = { usage: { input_tokens: 1_000_000, output_tokens: 0 }, content: [], model: "claude-sonnet-4-6" };
    const spoken = Array.from({ length: 5 }, (_, id) => ({ type: "assistant", message: { ...million, id: `${id}` } }));
    const free = { total_cost_usd: 0, usage: {}, modelUsage: {} };
    expect(counted(...spoken, result(free)).total(false)).toMatchObject({ costUsd: 15, inputTokens: 5_000_000 });
    expect(counted(...spoken, result({ ...free, model_usage_since_last_result: {} })).total(true).costUsd).toBe(15);
    const named = { modelUsage: { "claude-opus-5-5": use(1_000_000, 0) } };
    expect(counted(result({ ...free, ...named })).total(false).costUsd).toBeCloseTo(4.00002);
  });

  test("an unknown model costs as much as the dearest one, unless its price is set", () => {
    const line = result({ total_cost_usd: 0, usage: {}, modelUsage: { "glm-9": use(1_000_000, 0) } });
    expect(counted(line).total(false).costUsd).toBeCloseTo(15.000075);
    const count = createUsageCount({ "glm-9": { inputUsd: 0.5, outputUsd: 1 } });
    const parsed = parseLine(JSON.stringify(line));
    if (parsed.kind === "result") count.addResult(parsed.line);
    expect(count.total(false).costUsd).toBeCloseTo(0.500001);
  });

  test("messages of agents that work side by side are counted once, although their blocks alternate", () => {
    const count = counted(block("a", 100, 1), block("b", 200, 1), block("a", 100, 5), block("b", 200, 2));
    expect(count.total(false)).toMatchObject({ inputTokens: 300, outputTokens: 7 });
    expect(count.messages()).toBe(2);
  });

  test("many messages are counted in little memory", () => {
    const count = counted(...Array.from({ length: 1000 }, (_, id) => block(`${id}`, 1, 1)));
    expect(count.total(false)).toMatchObject({ inputTokens: 1000, outputTokens: 1000 });
  });
});
