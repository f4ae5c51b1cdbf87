import { z } from "zod";
import { AgentBotError } from "../errors/agentbot-error.js";
import { parseOptions } from "../errors/parse-options.js";
import type { MetricLabels, Metrics } from "../ports/metrics.js";
import { createMetricFamily, type MetricFamily, type MetricSample } from "./metric-family.js";
import { type MetricType, metricsCatalogue } from "./metrics-catalogue.js";
import { renderJson } from "./render-json.js";
import { renderPrometheus } from "./render-prometheus.js";

/** Options of {@link createMetricsRegistry}. */
export interface MetricsRegistryOptions {
  /** The version of what runs, for `agentbot_build_info`. */
  readonly version: string;
  /** The agent that runs tasks here. @defaultValue none */
  readonly agent?: string;
}

const optionsSchema = z.strictObject({ version: z.string().min(1), agent: z.string().min(1).default("none") });

/**
 * Counts in this process, for every metric of {@link metricsCatalogue}. A label keeps its first 200 values, the rest
 * count as `other`.
 *
 * @example
 * const metrics = createMetricsRegistry({ version: "1.4.0", agent: "claude" });
 * @throws AgentBotError `CONFIGURATION_INVALID`, here for a wrong option, later for a metric, label or value the
 * catalogue does not know, which is a bug of the caller.
 */
export function createMetricsRegistry(options: MetricsRegistryOptions): Metrics {
  const { version, agent } = parseOptions("createMetricsRegistry", optionsSchema, options);
  const families = new Map<string, MetricFamily>(
    Object.entries(metricsCatalogue).map(([name, definition]) => [name, createMetricFamily(name, definition)]),
  );

  const find = (name: string, type: MetricType, labels: MetricLabels, value: number): MetricSample => {
    const family = families.get(name);
    if (!family) throw misuse(`${name} is not in the metrics catalogue`);
    const { definition } = family;
    if (definition.type !== type) throw misuse(`${name} is a ${definition.type}, not a ${type}`);
    const given = Object.keys(labels);
    if (given.length !== definition.labels.length || definition.labels.some((label) => !Object.hasOwn(labels, label))) {
      throw misuse(`${name} has the labels (${definition.labels.join(", ")}), not (${given.join(", ")})`);
    }
    if (!Number.isFinite(value)) throw misuse(`${name} was given ${value}, which is not a finite number`);
    return family.sample(labels);
  };

  const registry: Metrics = {
    increment(name, labels = {}, by = 1) {
      if (by < 0) throw misuse(`${name} is a counter: it can't be raised by ${by}`);
      find(name, "counter", labels, by).value += by;
    },
    set(name, value, labels = {}) {
      find(name, "gauge", labels, value).value = value;
    },
    observe(name, value, labels = {}) {
      const sample = find(name, "histogram", labels, value);
      sample.value += value;
      sample.count += 1;
      const bucket = (families.get(name)?.definition.buckets ?? []).findIndex((bound) => value <= bound);
      if (bucket >= 0) sample.hits[bucket] = (sample.hits[bucket] ?? 0) + 1;
    },
    render: (format) => (format === "json" ? renderJson(families.values()) : renderPrometheus(families.values())),
  };
  registry.set("agentbot_build_info", 1, { version, node: process.version, agent });
  return registry;
}

function misuse(problem: string): AgentBotError {
  return new AgentBotError("CONFIGURATION_INVALID", `metrics: ${problem}; see metricsCatalogue`);
}
