import { AgentBotError, type Store } from "@agentbot/core";
import { createMemoryStore } from "@agentbot/core/memory";
import { eventually } from "@agentbot/core/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { commentPayload } from "../fixtures/github-payloads.js";
import { startTestServer, type TestServer } from "../fixtures/test-server.js";

describe("while the store is down", () => {
  let isDown = true;
  let server: TestServer;
  const guard = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get(target, name) {
        const method: unknown = Reflect.get(target, name);
        if (typeof method !== "function") return method;
        return async (...given: unknown[]) => {
          if (isDown) throw new AgentBotError("STORE_UNAVAILABLE", "connection refused");
          return Reflect.apply(method, target, given);
        };
      },
    });
  beforeAll(async () => {
    const ports = Object.entries(createMemoryStore()).map(([name, port]) => [name, guard(port)]);
    server = await startTestServer({ store: Object.fromEntries(ports) as unknown as Store });
  });
  afterAll(() => server.stop());

  test("a signed delivery gets 503, and is accepted once the store is back", async () => {
    isDown = true;
    const payload = commentPayload("@agentbot fix it");
    const refused = await server.deliver("issue_comment", payload);
    expect([refused.status, refused.body["code"]]).toEqual([503, "STORE_UNAVAILABLE"]);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    isDown = false;
    expect((await server.deliver("issue_comment", payload)).body).toMatchObject({ status: "accepted" });
  });

  test("an unsigned one still gets its 401", async () => {
    isDown = true;
    const { status } = await server.deliver("ping", { zen: "x" }, { "x-hub-signature-256": "sha256=0" });
    expect(status).toBe(401);
  });

  test("the server lives, is not ready, and is unhealthy", async () => {
    isDown = true;
    const statuses = async () =>
      Promise.all(
        ["/livez", "/readyz", "/health", "/metrics"].map(async (path) => (await fetch(server.url + path)).status),
      );
    expect(await statuses()).toEqual([200, 503, 503, 200]);
    expect(await (await fetch(`${server.url}/health`)).json()).toMatchObject({
      status: "unhealthy",
      checks: { database: { healthy: false } },
    });
    isDown = false;
    const healthy = async () => (await fetch(`${server.url}/health`)).ok || null;
    await eventually("a look at the store that is back", healthy);
  });
});
