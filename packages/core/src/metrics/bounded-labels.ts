import type { MetricLabels } from "../ports/metrics.js";

const maxValuesPerLabel = 200;
const maxValueLength = 120;

/** Keeps the label values of one metric few and short, so that no stranger can fill the memory through them. */
export interface BoundedLabels {
  /** The values in the order of the metric's label names; the 201st value of a label, and all after it, become `other`. */
  bound(labels: MetricLabels): readonly string[];
}

/** Makes the {@link BoundedLabels} of one metric. */
export function createBoundedLabels(names: readonly string[]): BoundedLabels {
  const known = names.map((name) => ({ name, values: new Set<string>() }));
  return {
    bound: (labels) =>
      known.map(({ name, values }) => {
        const value = (labels[name] ?? "").slice(0, maxValueLength);
        if (!values.has(value) && values.size >= maxValuesPerLabel) return "other";
        values.add(value);
        return value;
      }),
  };
}
