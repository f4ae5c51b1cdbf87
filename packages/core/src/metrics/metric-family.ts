import type { MetricDefinition } from "./metrics-catalogue.js";

const maxValuesPerLabel = 200;
const maxValueLength = 120;

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
export function createMetricFamily(name: string, definition: MetricDefinition): MetricFamily {
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
  const value = given.slice(0, maxValueLength);
  if (!values.has(value) && values.size >= maxValuesPerLabel) return "other";
  values.add(value);
  return value;
}
