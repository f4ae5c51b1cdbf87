import { eventually } from "@agentbot/core/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { commentPayload } from "./fixtures/github-payloads.js";
import { parsePrometheus } from "./fixtures/parse-prometheus.js";
import { startTestServer, type TestServer } from "./fixtures/test-server.js";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());
const get = (path: string, headers: Record<string, string> = {}) => fetch(server.url + path, { headers });

describe("the operator's pages", () => {
  test("/health has the documented shape", async () => {
    const response = await get("/health");
    const { status, version, uptime_seconds, timestamp, checks } = (await response.json()) as Record<string, unknown>;
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toContain("application/json");
    expect({ status, version }).toEqual({ status: "healthy", version: expect.stringMatching(/^\d+\.\d+\.\d+/) });
    expect(Number.isInteger(uptime_seconds)).toBe(true);
    expect(new Date(String(timestamp)).toISOString()).toBe(timestamp);
    expect(checks).toEqual({
      redis: { healthy: true, latency_ms: 0, configured: false },
      database: { healthy: true, latency_ms: expect.any(Number) },
      queue: { healthy: true, queue_size: expect.any(Number) },
    });
  });

  test("/livez is 200, /readyz is 503 with what keeps the worker from working", async () => {
    expect((await get("/livez")).status).toBe(200);
    const ready = await get("/readyz");
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ reasons: [expect.stringContaining("sandbox")] });
  });

  test("HEAD answers as GET without the body, POST is refused", async () => {
    const head = await fetch(`${server.url}/health`, { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
    const post = await fetch(`${server.url}/metrics`, { method: "POST" });
    expect([post.status, post.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  });

  test("/metrics is text that Prometheus reads, and counts every delivery", async () => {
    await server.deliver("issue_comment", commentPayload("@agentbot fix it"));
    await server.deliver("ping", { zen: "x" }, { "x-hub-signature-256": "no" });
    const response = await get("/metrics");
    expect(response.headers.get("content-type")).toContain("text/plain; version=0.0.4");
    const samples = parsePrometheus(await response.text());
    const deliveries = 'agentbot_webhook_deliveries_total{provider="github"';
    expect(samples.get(`${deliveries},event="issue_comment",outcome="accepted"}`)).toBe(1);
    expect(samples.get(`${deliveries},event="unverified",outcome="bad_signature"}`)).toBe(1);
    expect([...samples.keys()].some((name) => name.startsWith("agentbot_build_info{"))).toBe(true);
  });

  test("/metrics shows the queue as it was a second ago at most", async () => {
    await server.deliver("issue_comment", commentPayload("@agentbot fix it"));
    const waiting = async () =>
      parsePrometheus(await (await get("/metrics")).text()).get('agentbot_tasks{state="waiting"}');
    await eventually("the look after the delivery", async () => ((await waiting()) ? true : null));
  });

  test("/metrics is JSON for a client that accepts it", async () => {
    const response = await get("/metrics", { accept: "application/json" });
    expect(response.headers.get("content-type")).toContain("application/json");
    const { metrics } = (await response.json()) as { metrics: { name: string }[] };
    expect(metrics.map(({ name }) => name)).toContain("agentbot_webhook_deliveries_total");
  });
});

describe("a request's id", () => {
  test.each(["caller-id.1234", "a_b-c.d_e", "x".repeat(128)])("%s is kept and logged", async (id) => {
    expect((await get("/nowhere", { "x-request-id": id })).headers.get("x-request-id")).toBe(id);
    await server.deliver("issue_comment", commentPayload("@agentbot fix it"), { "x-request-id": id });
    expect(server.logs().filter((line) => line["requestId"] === id && line["deliveryId"])).toHaveLength(1);
  });

  test.each(["short", "x".repeat(129), "with space", "a/b/c/d/e", "<script>alert(1)"])(
    "%s is replaced by one of our own",
    async (id) => {
      const given = (await get("/livez", { "x-request-id": id })).headers.get("x-request-id");
      expect(given).toMatch(/^[\w.-]{8,128}$/);
      expect(given).not.toBe(id);
    },
  );

  test("is on every answer, the refusals of the server's own among them", async () => {
    const refused = await fetch(`${server.url}//nowhere`);
    expect([refused.status, refused.headers.get("x-request-id")]).toEqual([
      404,
      expect.stringMatching(/^[\w.-]{8,128}$/),
    ]);
  });
});

describe("a trace", () => {
  const traceOf = async (traceparent: string): Promise<string | null | undefined> => {
    const payload = commentPayload("@agentbot fix it");
    const { taskId = "" } = (await server.deliver("issue_comment", payload, { traceparent })).body;
    return (await server.store.tasks.find(taskId))?.traceparent;
  };

  test("is continued by the task", async () => {
    const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    expect(await traceOf(traceparent)).toBe(traceparent);
  });

  test.each([
    "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
    "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
    "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "00-4BF92F3577B34DA6A3CE929D0E0E4736-00F067AA0BA902B7-01",
    "nonsense",
  ])("that is malformed is dropped: %s", async (traceparent) => {
    expect(await traceOf(traceparent)).toBeNull();
  });
});
