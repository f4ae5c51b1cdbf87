import type { MetricFamily, MetricSample } from "./create-metrics-registry.js";

/** Renders metrics in Prometheus' text exposition format 0.0.4. */
export function renderPrometheus(families: Iterable<MetricFamily>): string {
  const lines: string[] = [];
  for (const { name, definition, samples } of families) {
    lines.push(`# HELP ${name} ${escapeHelp(definition.help)}`, `# TYPE ${name} ${definition.type}`);
    for (const sample of samples.values()) {
      if (definition.buckets === null) lines.push(line(name, sample.labels, sample.value));
      else lines.push(...histogramLines(name, definition.buckets, sample));
    }
  }
  return `${lines.join("\n")}\n`;
}

function histogramLines(
  name: string,
  buckets: readonly number[],
  { labels, value, count, hits }: MetricSample,
): string[] {
  let cumulated = 0;
  const bucketLines = buckets.map((bound, index) => {
    cumulated += hits[index] ?? 0;
    return line(`${name}_bucket`, { ...labels, le: String(bound) }, cumulated);
  });
  return [
    ...bucketLines,
    line(`${name}_bucket`, { ...labels, le: "+Inf" }, count),
    line(`${name}_sum`, labels, value),
    line(`${name}_count`, labels, count),
  ];
}

function line(name: string, labels: Readonly<Record<string, string>>, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`);
  return `${name}${pairs.length > 0 ? `{${pairs.join(",")}}` : ""} ${value}`;
}

function escapeHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}

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
