import assert from "node:assert/strict";
import { AgentBotError } from "../errors/agentbot-error.js";
import type { Metrics } from "../ports/metrics.js";
import type { ContractCase, ContractOptions } from "./contract.js";
import { type ContractClause, contractCases } from "./contract-cases.js";

const deliveries = "agentbot_webhook_deliveries_total";
const duration = "agentbot_webhook_duration_seconds";
const accepted = { provider: "example", event: "issues", outcome: "accepted" };

function hasLine(metrics: Metrics, line: string): void {
  const lines = metrics.render("text").split("\n");
  const name = line.replace(/[ {].*/, "");
  assert.ok(
    lines.includes(line),
    `no line ${line} among:\n${lines.filter((other) => other.startsWith(name)).join("\n")}`,
  );
}

function refuses(work: () => void): void {
  assert.throws(work, (error: unknown) => AgentBotError.hasCode(error, "CONFIGURATION_INVALID"));
}

const clauses: readonly ContractClause<Metrics>[] = [
  {
    name: "a counter counts, by one or by more, for each set of labels",
    check: async (metrics) => {
      metrics.increment(deliveries, accepted);
      metrics.increment(deliveries, accepted, 2.5);
      metrics.increment(deliveries, { ...accepted, outcome: "ignored" });
      hasLine(metrics, `${deliveries}{provider="example",event="issues",outcome="accepted"} 3.5`);
      hasLine(metrics, `${deliveries}{provider="example",event="issues",outcome="ignored"} 1`);
    },
  },
  {
    name: "labels are the same in any order",
    check: async (metrics) => {
      metrics.increment(deliveries, { outcome: "accepted", event: "issues", provider: "example" });
      metrics.increment(deliveries, accepted);
      hasLine(metrics, `${deliveries}{provider="example",event="issues",outcome="accepted"} 2`);
    },
  },
  {
    name: "a gauge is what it was set to last",
    check: async (metrics) => {
      metrics.set("agentbot_tasks", 7, { state: "waiting" });
      metrics.set("agentbot_tasks", 3, { state: "waiting" });
      hasLine(metrics, 'agentbot_tasks{state="waiting"} 3');
    },
  },
  {
    name: "a histogram counts a measurement in its bucket and every larger one, the upper bound included",
    check: async (metrics) => {
      for (const seconds of [0.005, 0.3, 99]) metrics.observe(duration, seconds, { provider: "example" });
      hasLine(metrics, `${duration}_bucket{provider="example",le="0.005"} 1`);
      hasLine(metrics, `${duration}_bucket{provider="example",le="0.25"} 1`);
      hasLine(metrics, `${duration}_bucket{provider="example",le="0.5"} 2`);
      hasLine(metrics, `${duration}_bucket{provider="example",le="10"} 2`);
      hasLine(metrics, `${duration}_bucket{provider="example",le="+Inf"} 3`);
      hasLine(metrics, `${duration}_sum{provider="example"} 99.305`);
      hasLine(metrics, `${duration}_count{provider="example"} 3`);
    },
  },
  {
    name: "help and type come before the samples, and the text ends with a line break",
    check: async (metrics) => {
      metrics.increment(deliveries, accepted);
      const text = metrics.render("text");
      assert.match(text, new RegExp(`# HELP ${deliveries} .+\n# TYPE ${deliveries} counter\n${deliveries}{`));
      assert.ok(text.endsWith("\n"));
    },
  },
  {
    name: "a label's value is escaped",
    check: async (metrics) => {
      metrics.set("agentbot_tasks", 1, { state: 'a"b\\c\nd' });
      hasLine(metrics, 'agentbot_tasks{state="a\\"b\\\\c\\nd"} 1');
    },
  },
  {
    name: "a label with endless values stays bounded",
    check: async (metrics) => {
      for (let value = 0; value < 1000; value += 1) metrics.set("agentbot_tasks", value, { state: `state-${value}` });
      const samples = metrics.render("text").match(/^agentbot_tasks\{/gm) ?? [];
      assert.ok(samples.length <= 201, `${samples.length} samples`);
      hasLine(metrics, 'agentbot_tasks{state="other"} 999');
    },
  },
  {
    name: "JSON has the same samples as the text",
    check: async (metrics) => {
      metrics.increment(deliveries, accepted, 2);
      metrics.observe(duration, 0.3, { provider: "example" });
      const { metrics: all } = JSON.parse(metrics.render("json"));
      const find = (name: string): unknown => all.find((metric: { name: string }) => metric.name === name)?.samples;
      assert.deepEqual(find(deliveries), [{ labels: accepted, value: 2 }]);
      const [sample] = find(duration) as readonly [{ count: number; sum: number; buckets: Record<string, number> }];
      assert.deepEqual([sample.count, sample.sum], [1, 0.3]);
      assert.deepEqual([sample.buckets["0.25"], sample.buckets["0.5"], sample.buckets["+Inf"]], [0, 1, 1]);
    },
  },
  {
    name: "a name, type or label that is not in the catalogue is refused",
    check: async (metrics) => {
      refuses(() => metrics.increment("agentbot_unknown_total"));
      refuses(() => metrics.increment("toString"));
      refuses(() => metrics.set(deliveries, 1, accepted));
      refuses(() => metrics.observe("agentbot_tasks", 1, { state: "waiting" }));
      refuses(() => metrics.increment(deliveries, { provider: "example" }));
      refuses(() => metrics.increment(deliveries, { ...accepted, taskId: "1" }));
    },
  },
  {
    name: "a counter never falls and no value is other than a finite number",
    check: async (metrics) => {
      refuses(() => metrics.increment(deliveries, accepted, -1));
      refuses(() => metrics.increment(deliveries, accepted, Number.NaN));
      refuses(() => metrics.observe(duration, Number.POSITIVE_INFINITY, { provider: "example" }));
    },
  },
];

/** The contract of the port {@link Metrics}. */
export function metricsContract(options: ContractOptions<Metrics>): readonly ContractCase[] {
  return contractCases("Metrics", options, clauses);
}
