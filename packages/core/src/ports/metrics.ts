/** Labels of one sample: few and bounded, never an id. */
export type MetricLabels = Readonly<Record<string, string>>;

/** Where measurements go. Names, types and labels are those of the metrics catalogue. */
export interface Metrics {
  /** Adds to a counter. */
  increment(name: string, labels?: MetricLabels, by?: number): void;
  /** Sets a gauge. */
  set(name: string, value: number, labels?: MetricLabels): void;
  /** Adds one measurement to a histogram, in base units. */
  observe(name: string, value: number, labels?: MetricLabels): void;
  /** Everything so far, as Prometheus text or as JSON. */
  render(format: "text" | "json"): string;
}
