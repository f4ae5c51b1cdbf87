import { describe, expect, test } from "vitest";
import { AgentBotError } from "../../src/errors/agentbot-error.js";
import { createMemoryStore } from "../../src/memory/create-memory-store.js";
import { createManualClock } from "../../src/testing/create-manual-clock.js";
import { delivery, readAnswer, type StartedGateway, startGateway } from "./fixtures/start-gateway.js";

const get = ({ gateway }: StartedGateway, path: string, headers: Record<string, string> = {}): Promise<Response> =>
  gateway.fetch(new Request(`http://localhost${path}`, { headers }));

const token = "a-token-of-this-test-with-32-characters";
const down = async (): Promise<never> => {
  throw new AgentBotError("STORE_UNAVAILABLE", "connection refused");
};
const storeThatIsDown = { ...createMemoryStore(), health: { ping: down } };

describe("/health", () => {
  test("shows version, uptime and each dependency", async () => {
    const started = startGateway({ version: "1.2.3", health: { checks: { cache: null } } });
    await started.gateway.fetch(delivery('{"comment":"fix it"}'));
    const response = await get(started, "/health");
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      status: "healthy",
      version: "1.2.3",
      uptime_seconds: expect.any(Number),
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      checks: {
        cache: { healthy: true, latency_ms: 0, configured: false },
        database: { healthy: true, latency_ms: expect.any(Number) },
        queue: { healthy: true, queue_size: 1 },
      },
    });
  });

  test("shows other facts with the admin token only", async () => {
    const started = startGateway({ health: { facts: { sandbox: "none" } }, admin: { token } });
    const facts = async (headers: Record<string, string>) => readAnswer(await get(started, "/health", headers));
    expect(await facts({ authorization: `Bearer ${token}` })).toMatchObject({ status: "healthy", sandbox: "none" });
    expect(await facts({ authorization: "Bearer another" })).not.toHaveProperty("sandbox");
    expect(await facts({})).not.toHaveProperty("sandbox");
  });

  test("looks once for many requests, and again when that is a second old", async () => {
    const clock = createManualClock();
    let pings = 0;
    const ping = async (): Promise<void> => {
      pings += 1;
    };
    const started = startGateway({ clock, store: { ...createMemoryStore(), health: { ping } } });
    await Promise.all(Array.from({ length: 20 }, () => get(started, "/health")));
    await get(started, "/health");
    expect(pings).toBe(1);
    await clock.advance(1000);
    await get(started, "/health");
    expect(pings).toBe(2);
  });

  test("is degraded but 200 while another dependency is down", async () => {
    const response = await get(startGateway({ health: { checks: { cache: down } } }), "/health");
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ status: "degraded", checks: { cache: { healthy: false } } });
  });

  test("stays healthy with a dependency's warnings, and shows them with the admin token only", async () => {
    const warnings = ["appendonly is no"];
    const started = startGateway({ health: { checks: { cache: async () => warnings } }, admin: { token } });
    const shown = async (headers: Record<string, string>) => await (await get(started, "/health", headers)).json();
    expect(await shown({ authorization: `Bearer ${token}` })).toMatchObject({
      status: "healthy",
      checks: { cache: { healthy: true, warnings } },
    });
    expect(await shown({})).toMatchObject({ checks: { cache: { healthy: true, latency_ms: expect.any(Number) } } });
    expect(JSON.stringify(await shown({}))).not.toContain("appendonly");
  });

  test("is unhealthy and 503 while the database is down", async () => {
    const response = await get(startGateway({ store: storeThatIsDown }), "/health");
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ status: "unhealthy", checks: { database: { healthy: false } } });
  });

  test("answers although a dependency never does", async () => {
    const never = (): Promise<never> => new Promise(() => {});
    const response = await get(startGateway({ health: { checks: { cache: never } } }), "/health");
    expect(await response.json()).toMatchObject({ status: "degraded" });
  });
});

describe("/livez and /readyz", () => {
  test("are 200 when all is well", async () => {
    const started = startGateway();
    expect([(await get(started, "/livez")).status, (await get(started, "/readyz")).status]).toEqual([200, 200]);
  });

  test("live on while the store is down, but are not ready", async () => {
    const started = startGateway({ store: storeThatIsDown });
    expect([(await get(started, "/livez")).status, (await get(started, "/readyz")).status]).toEqual([200, 503]);
  });

  test("are not ready while draining, and webhooks are still served", async () => {
    const started = startGateway();
    started.gateway.drain();
    expect(await (await get(started, "/readyz")).json()).toMatchObject({ reasons: ["draining"] });
    expect((await started.gateway.fetch(delivery('{"comment":"fix it"}'))).status).toBe(200);
  });

  test("say why a worker is not ready", async () => {
    const response = await get(startGateway({ health: { readiness: [() => "the sandbox cannot start"] } }), "/readyz");
    expect([response.status, (await readAnswer(response))["reasons"]]).toEqual([503, ["the sandbox cannot start"]]);
  });
});

describe("/metrics", () => {
  test("counts deliveries by their outcome, as Prometheus text and as JSON", async () => {
    const started = startGateway();
    await started.gateway.fetch(delivery('{"comment":"fix it"}'));
    await started.gateway.fetch(delivery('{"comment":"fix it"}'));
    const text = await (await get(started, "/metrics")).text();
    expect(text).toContain('agentbot_webhook_deliveries_total{provider="acme",event="comment",outcome="accepted"} 1');
    expect(text).toContain('agentbot_webhook_deliveries_total{provider="acme",event="comment",outcome="duplicate"} 1');
    const json = await get(started, "/metrics", { accept: "application/json" });
    expect(json.headers.get("content-type")).toContain("application/json");
    expect(await json.text()).toContain("agentbot_webhook_deliveries_total");
  });

  test.each([
    ["application/json", "json"],
    ["Application/JSON; charset=utf-8", "json"],
    ["application/*", "json"],
    ["text/plain;q=0.5, application/json", "json"],
    ["application/json;Q=0.9 , */*;q=0.8", "json"],
    ["text/*;q=0.1,*/*;q=0.2", "json"],
    ["", "text"],
    ["*/*", "text"],
    ["text/html", "text"],
    ["application/json, text/plain, */*", "text"],
    ["application/json;q=0", "text"],
    ["application/json;q=much", "text"],
    ["text/plain, application/json;q=0.9", "text"],
    ["application/json;q=0.5, */*", "text"],
    ["application/json-seq, x/application/json", "text"],
    ["application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2", "text"],
  ])("for a client that accepts %j is %s", async (accept, form) => {
    const response = await get(startGateway(), "/metrics", { accept });
    expect(response.headers.get("content-type")).toMatch(form === "json" ? /^application\/json;/ : /^text\/plain;/);
  });
});

describe("every answer", () => {
  test("carries the caller's request id if it is well-formed, else a new one", async () => {
    const started = startGateway();
    const kept = await get(started, "/livez", { "x-request-id": "caller-id.1234" });
    const made = await get(started, "/nowhere", { "x-request-id": "bad id!" });
    expect(kept.headers.get("x-request-id")).toBe("caller-id.1234");
    expect(made.headers.get("x-request-id")).toMatch(/^[\w.-]{8,128}$/);
  });
});
