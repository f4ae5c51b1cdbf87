import type { MetricFamily, MetricSample } from "./metric-family.js";

/**
 * Renders metrics as JSON: `{ metrics: [{ name, type, help, samples: [{ labels, value }] }] }`, where a histogram's
 * sample has `count`, `sum` and cumulated `buckets` by upper bound instead of `value`.
 */
export function renderJson(families: Iterable<MetricFamily>): string {
  const metrics = [...families].map(({ name, definition: { type, help, buckets }, samples }) => ({
    name,
    type,
    help,
    samples: [...samples.values()].map((sample) => {
      return buckets === null ? { labels: sample.labels, value: sample.value } : histogramSample(buckets, sample);
    }),
  }));
  return JSON.stringify({ metrics });
}

function histogramSample(buckets: readonly number[], { labels, value, count, hits }: MetricSample): object {
  let cumulated = 0;
  const bounds = buckets.map((bound, index) => {
    cumulated += hits[index] ?? 0;
    return [String(bound), cumulated] as const;
  });
  return { labels, count, sum: value, buckets: Object.fromEntries([...bounds, ["+Inf", count]]) };
}
