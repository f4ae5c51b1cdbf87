/** The type of a metric, as Prometheus names it. */
export type MetricType = "counter" | "gauge" | "histogram";

/** The constant part of one metric. */
export interface MetricDefinition {
  /** Counter, gauge or histogram. */
  readonly type: MetricType;
  /** One sentence for people, rendered as `# HELP`. */
  readonly help: string;
  /** The labels every sample carries, in the order they are rendered. */
  readonly labels: readonly string[];
  /** Upper bounds, ascending, in base units and without `+Inf`; null unless it is a histogram. */
  readonly buckets: readonly number[] | null;
}

const requestBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const taskBuckets = [1, 5, 15, 30, 60, 120, 300, 600, 1800, 3600];
const stageBuckets = [0.1, 0.5, ...taskBuckets];

const counter = (help: string, ...labels: string[]): MetricDefinition => ({
  type: "counter",
  help,
  labels,
  buckets: null,
});
const gauge = (help: string, ...labels: string[]): MetricDefinition => ({ type: "gauge", help, labels, buckets: null });
const histogram = (help: string, buckets: readonly number[], ...labels: string[]): MetricDefinition => {
  return { type: "histogram", help, labels, buckets };
};

/**
 * Every metric agentbot has. Names are stable, in base units, and no label is an id: dashboards depend on them
 * (prometheus.io/docs/practices/naming).
 */
export const metricsCatalogue = {
  agentbot_build_info: gauge("Always 1; the labels name what runs.", "version", "node", "agent"),
  agentbot_webhook_deliveries_total: counter("Webhook deliveries by verdict.", "provider", "event", "outcome"),
  agentbot_webhook_duration_seconds: histogram(
    "Time from a webhook's arrival to its answer.",
    requestBuckets,
    "provider",
  ),
  agentbot_tasks_total: counter("Tasks that reached a final status.", "status", "trigger", "agent"),
  agentbot_tasks: gauge("Tasks in the queue by state.", "state"),
  agentbot_queue_oldest_waiting_seconds: gauge("Age of the oldest task that could run now."),
  agentbot_task_wait_seconds: histogram("Time from a task's request to its first start.", taskBuckets),
  agentbot_task_duration_seconds: histogram("Time from a task's first start to its end.", taskBuckets, "status"),
  agentbot_task_stage_duration_seconds: histogram("Time a task spent in one stage.", stageBuckets, "stage"),
  agentbot_agent_tokens_total: counter("Tokens agents used, as their programs report them.", "model", "type"),
  agentbot_agent_cost_usd_total: counter("US dollars agents cost, as their programs estimate them.", "model", "agent"),
  agentbot_effects_total: counter("Outward writes by outcome.", "kind", "outcome"),
  agentbot_provider_requests_total: counter("Requests to providers' APIs.", "provider", "operation", "status_class"),
  agentbot_provider_ratelimit_remaining: gauge("Requests the provider still allows in its current window.", "provider"),
} as const satisfies Record<string, MetricDefinition>;
