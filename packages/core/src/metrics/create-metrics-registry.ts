import { z } from "zod";
import { AgentBotError } from "../errors/agentbot-error.js";
import { parseOptions } from "../errors/parse-options.js";
import type { MetricLabels, Metrics } from "../ports/metrics.js";
import type { ShapeOf } from "../task/shape-of.js";
import { cutText } from "../text/cap-text.js";
import { type MetricDefinition, type MetricType, metricsCatalogue } from "./metrics-catalogue.js";
import { renderJson, renderPrometheus } from "./render-metrics.js";

const maxValuesPerLabel = 200;
const maxValueLength = 120;

/** Options of {@link createMetricsRegistry}. */
export interface MetricsRegistryOptions {
  /** The version of what runs, for `agentbot_build_info`. */
  readonly version: string;
  /** The agent that runs tasks here. @defaultValue none */
  readonly agent?: string;
}

const optionsSchema = z.strictObject({
  version: z.string().min(1),
  agent: z.string().min(1).default("none"),
} satisfies ShapeOf<MetricsRegistryOptions>);

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

/** One line of a metric: a value, and for a histogram the hits of each bucket. */
export interface MetricSample {
  readonly labels: Readonly<Record<string, string>>;
  /** The counter or gauge, or the sum of a histogram. */
  value: number;
  /** Number of measurements; 0 unless it is a histogram. */
  count: number;
  /** Hits of each bucket, not cumulated. */
  readonly hits: number[];
}

/** A metric and its samples so far. */
export interface MetricFamily {
  readonly name: string;
  readonly definition: MetricDefinition;
  readonly samples: ReadonlyMap<string, MetricSample>;
  /** The sample with these labels; created if it is new. */
  sample(labels: Readonly<Record<string, string>>): MetricSample;
}

/**
 * Creates a metric without samples; one without labels starts at zero, so that it is never absent. A label keeps its first
 * 200 values, cut to 120 characters; later ones count as `other`: untrusted values must not fill the memory.
 */
function createMetricFamily(name: string, definition: MetricDefinition): MetricFamily {
  const samples = new Map<string, MetricSample>();
  const seen = definition.labels.map((name) => ({ name, values: new Set<string>() }));

  const sample = (labels: Readonly<Record<string, string>>): MetricSample => {
    const values = seen.map((label) => boundedValue(label, labels[label.name] ?? ""));
    const key = JSON.stringify(values);
    const known = samples.get(key);
    if (known) return known;
    const fresh: MetricSample = {
      labels: Object.fromEntries(definition.labels.map((label, index) => [label, values[index] ?? ""])),
      value: 0,
      count: 0,
      hits: (definition.buckets ?? []).map(() => 0),
    };
    samples.set(key, fresh);
    return fresh;
  };

  if (definition.labels.length === 0) sample({});
  return { name, definition, samples, sample };
}

function boundedValue({ values }: { readonly values: Set<string> }, given: string): string {
  const value = cutText(given, maxValueLength);
  if (!values.has(value) && values.size >= maxValuesPerLabel) return "other";
  values.add(value);
  return value;
}
