import { describe, expect, test } from "vitest";
import { createMetricsRegistry } from "../../src/metrics/create-metrics-registry.js";
import type { Metrics } from "../../src/ports/metrics.js";
import { metricsContract } from "../../src/testing/metrics-contract.js";

/** Each is right but for one thing. */
const broken: Record<string, (metrics: Metrics) => Partial<Metrics>> = {
  "forgets to count": () => ({ increment: () => {} }),
  "adds up gauges": (metrics) => {
    let sum = 0;
    return {
      set: (name, value, labels) => {
        sum += value;
        metrics.set(name, sum, labels);
      },
    };
  },
  "does not escape labels": (metrics) => ({ render: (format) => metrics.render(format).replaceAll('\\"', '"') }),
  "lets unknown names pass": (metrics) => ({
    increment: (name, ...rest) => {
      if (name.startsWith("agentbot_webhook")) metrics.increment(name, ...rest);
    },
  }),
  "drops the largest bucket": (metrics) => ({
    render: (format) => metrics.render(format).replaceAll(/^.*\+Inf.*\n/gm, ""),
  }),
  "renders something else as JSON": () => ({ render: () => "{}" }),
};

describe("the metrics contract catches a registry that", () => {
  test.each(Object.entries(broken))("%s", async (_, sabotage) => {
    const create = async () => {
      const metrics = createMetricsRegistry({ version: "1.0.0" });
      return { subject: { ...metrics, ...sabotage(metrics) }, dispose: async () => {} };
    };
    const outcomes = await Promise.allSettled(metricsContract({ create }).map(({ run }) => run()));
    expect(outcomes.some(({ status }) => status === "rejected")).toBe(true);
  });
});
