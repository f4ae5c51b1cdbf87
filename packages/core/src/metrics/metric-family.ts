import { type BoundedLabels, createBoundedLabels } from "./bounded-labels.js";
import type { MetricDefinition } from "./metrics-catalogue.js";

/** One line of a metric: a value, and for a histogram how often each bucket was hit. */
export interface MetricSample {
  readonly labels: Readonly<Record<string, string>>;
  /** The counter or gauge, or the sum of a histogram. */
  value: number;
  /** How many measurements; 0 for what is no histogram. */
  count: number;
  /** Hits of each bucket, not cumulated. */
  readonly hits: number[];
}

/** A metric and its samples so far. */
export interface MetricFamily {
  readonly name: string;
  readonly definition: MetricDefinition;
  readonly samples: ReadonlyMap<string, MetricSample>;
  /** The sample with these labels, made when it is new. */
  sample(labels: Readonly<Record<string, string>>): MetricSample;
}

/** Makes a metric without samples; one without labels starts at zero, so that it is never absent. */
export function createMetricFamily(name: string, definition: MetricDefinition): MetricFamily {
  const samples = new Map<string, MetricSample>();
  const bounded: BoundedLabels = createBoundedLabels(definition.labels);

  const sample = (labels: Readonly<Record<string, string>>): MetricSample => {
    const values = bounded.bound(labels);
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
