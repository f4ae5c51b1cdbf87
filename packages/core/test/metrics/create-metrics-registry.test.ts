import { describe, expect, test } from "vitest";
import { createMetricsRegistry } from "../../src/metrics/create-metrics-registry.js";
import { metricsCatalogue } from "../../src/metrics/metrics-catalogue.js";
import { metricsContract } from "../../src/testing/metrics-contract.js";

const create = async () => ({ subject: createMetricsRegistry({ version: "1.0.0" }), dispose: async () => {} });

describe("the metrics registry", () => {
  for (const { name, run } of metricsContract({ create })) test(name, run);

  test("shows the build from the start", () => {
    const text = createMetricsRegistry({ version: "1.4.0", agent: "claude" }).render("text");
    expect(text).toContain(`agentbot_build_info{version="1.4.0",node="${process.version}",agent="claude"} 1\n`);
  });

  test("has metrics without labels at zero before anything happened", () => {
    const text = createMetricsRegistry({ version: "1.0.0" }).render("text");
    expect(text).toContain("\nagentbot_queue_oldest_waiting_seconds 0\n");
    expect(text).toContain('\nagentbot_task_wait_seconds_bucket{le="+Inf"} 0\n');
  });

  test("renders only lines of Prometheus' text format", () => {
    const metrics = createMetricsRegistry({ version: "1.0.0" });
    metrics.increment("agentbot_agent_cost_usd_total", { model: "m", agent: "a" }, 1e-9);
    metrics.observe("agentbot_task_duration_seconds", 1e21, { status: "succeeded" });
    for (const line of metrics.render("text").trimEnd().split("\n")) {
      expect(line).toMatch(/^(?:# (?:HELP|TYPE) \w+ .+|\w+(?:\{\w+="[^"\n]*"(?:,\w+="[^"\n]*")*\})? [\d.e+-]+)$/);
    }
  });

  test("names a wrong option", () => {
    expect(() => createMetricsRegistry({ version: "" })).toThrow(/createMetricsRegistry: version/);
  });
});

describe("the metrics catalogue", () => {
  const entries = Object.entries(metricsCatalogue);

  test.each(entries)("%s is named after the conventions of its type", (name, { type, help, buckets }) => {
    expect(name).toMatch(/^agentbot_[a-z_]+$/);
    expect(name.endsWith("_total")).toBe(type === "counter");
    expect(help).toMatch(/^[A-Z].+\.$/);
    if (type === "histogram") expect(name).toMatch(/_seconds$/);
    expect(buckets === null).toBe(type !== "histogram");
    expect([...(buckets ?? [])].sort((a, b) => a - b)).toEqual(buckets ?? []);
  });

  test.each(entries)("%s has no label that names one thing among endless many", (_, { labels }) => {
    for (const label of labels)
      expect(label).not.toMatch(/(?:^|_)(?:id|task|user|actor|commit|sha|repository|url)(?:$|_)/);
  });
});
