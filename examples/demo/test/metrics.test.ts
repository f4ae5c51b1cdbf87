import { metricsCatalogue } from "@agentbot/core";
import { eventually } from "@agentbot/core/testing";
import { composeAdapters, parseEnvironment, startServer } from "@agentbot/example-server";
import { webhookRequest } from "@agentbot/provider-github/testing";
import { pino } from "pino";
import { expect, test } from "vitest";
import { parsePrometheus } from "../../server/test/fixtures/parse-prometheus.js";
import { demoWebhookSecret } from "../src/index.js";
import { commentOn, deliver, startWorld } from "./fixtures/start-world.js";

test("the metrics of a real run count every event once, with the labels of the catalogue", async () => {
  const world = await startWorld([500]);
  const parsed = parseEnvironment(world.environment);
  if (parsed.status === "invalid") throw new Error(parsed.problems.join("; "));
  const logger = pino({ level: "silent" });
  const parts = await composeAdapters(parsed.environment, { logger, hostEnvironment: world.environment });
  const server = await startServer(parsed.environment, parts);
  const send = (event: string, payload: object, secret = demoWebhookSecret, headers: Record<string, string> = {}) => {
    const webhook = webhookRequest({ event, payload, secret });
    return fetch(`${server.url}/webhooks/github`, { ...webhook, headers: { ...webhook.headers, ...headers } });
  };
  try {
    const payload = commentOn(500, "@agentbot mend the typo");
    const taskId = (await deliver(server.url, payload))?.taskId ?? "";
    await deliver(server.url, payload);
    await send("ping", { zen: "x" });
    await send("ping", { zen: "x" }, "guessed");
    await send("ping", { zen: "x" }, demoWebhookSecret, { "content-type": "text/plain" });
    for (let name = 0; name < 50; name += 1) await send(`strange_${name}`, { number: name });
    await eventually("the task to end", async () => (await parts.store.tasks.find(taskId))?.finishedAt ?? null);

    const scrape = async () => {
      const text = await (await fetch(`${server.url}/metrics`)).text();
      return { text, samples: parsePrometheus(text) };
    };
    const { text, samples } = await eventually("the worker to be done with it", async () => {
      const scraped = await scrape();
      return scraped.samples.get('agentbot_task_duration_seconds_count{status="succeeded"}') ? scraped : null;
    });
    const delivered = (event: string, outcome: string) =>
      samples.get(`agentbot_webhook_deliveries_total{provider="github",event="${event}",outcome="${outcome}"}`);
    expect({
      accepted: delivered("issue_comment", "accepted"),
      duplicate: delivered("issue_comment", "duplicate"),
      ignored: delivered("ping", "ignored"),
      badSignature: delivered("unverified", "bad_signature"),
      refusedBody: delivered("unverified", "error"),
      answered: samples.get('agentbot_webhook_duration_seconds_count{provider="github"}'),
      finished: samples.get('agentbot_tasks_total{status="succeeded",trigger="mention",agent="claude"}'),
      waited: samples.get("agentbot_task_wait_seconds_count"),
      waiting: samples.get('agentbot_tasks{state="waiting"}'),
      claimed: samples.get('agentbot_tasks{state="claimed"}'),
      oldest: samples.get("agentbot_queue_oldest_waiting_seconds"),
    }).toEqual({
      ...{ accepted: 1, duplicate: 1, ignored: 1, badSignature: 1, refusedBody: 1, answered: 55 },
      ...{ finished: 1, waited: 1, waiting: 0, claimed: 0, oldest: 0 },
    });

    for (const stage of ["admit", "prepare-workspace", "index-workspace", "run-agent", "checkpoint", "publish-result"])
      expect([stage, samples.get(`agentbot_task_stage_duration_seconds_count{stage="${stage}"}`)]).toEqual([stage, 1]);
    for (const kind of ["status-comment", "branch", "pull-request"])
      expect([kind, samples.get(`agentbot_effects_total{kind="${kind}",outcome="performed"}`)]).toEqual([kind, 1]);
    const task = await parts.store.tasks.find(taskId);
    const model = task?.model ?? "";
    expect(samples.get(`agentbot_agent_tokens_total{model="${model}",type="input"}`)).toBe(task?.usage.inputTokens);
    expect(samples.get(`agentbot_agent_tokens_total{model="${model}",type="output"}`)).toBe(task?.usage.outputTokens);
    expect(samples.get(`agentbot_agent_cost_usd_total{model="${model}",agent="claude"}`)).toBe(task?.usage.costUsd);
    const sent = world.local.github.requests.filter(({ path }) => !path.includes(".git/")).length;
    const counted = [...samples].filter(([name]) => name.startsWith("agentbot_provider_requests_total{"));
    expect(counted.reduce((sum, [, count]) => sum + count, 0)).toBe(sent);
    expect(samples.get('agentbot_provider_ratelimit_remaining{provider="github"}')).toBeGreaterThan(0);

    expectCatalogue([...samples.keys()]);
    expect(text).not.toContain(taskId);
    expect(text).not.toMatch(/[0-9a-f]{40}|[0-9a-f]{8}-[0-9a-f]{4}-|Codertocat|Hello-World/);
    // Unknown events share one label, whatever their number.
    expect([delivered("other", "ignored"), text.includes("strange_")]).toEqual([50, false]);
  } finally {
    await server.stop();
    await world.close();
  }
});

/** Every metric is there, with exactly its labels. */
function expectCatalogue(names: readonly string[]): void {
  for (const [metric, { labels, type }] of Object.entries(metricsCatalogue)) {
    const wanted = [...labels, ...(type === "histogram" ? ["le"] : [])];
    const name = type === "histogram" ? `${metric}_bucket` : metric;
    const samples = names.filter((sample) => sample === name || sample.startsWith(`${name}{`));
    expect([metric, samples.length > 0]).toEqual([metric, true]);
    for (const sample of samples) {
      const given = [...sample.matchAll(/([a-z_]+)="/g)].map(([, label]) => label);
      expect([sample, given]).toEqual([sample, wanted]);
    }
  }
}
