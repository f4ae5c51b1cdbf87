import { createNodeServer } from "@agentbot/core/node";
import { afterEach, describe, expect, test } from "vitest";
import { createHttpApp, type HttpAppOptions } from "../../src/http/create-http-app.js";
import { startTestServer, type TestServer } from "../fixtures/test-server.js";

let server: TestServer | null = null;
afterEach(async () => server?.stop());

/** The app around a gateway that answers 200 to everything, called by two addresses. */
function createApp(options: Partial<HttpAppOptions> = {}) {
  const fetch = async (): Promise<Response> => Response.json({ answered: true });
  const app = createHttpApp({ fetch }, { corsOrigins: [], ...options });
  return (path: string, init: RequestInit = {}, remoteAddress = "192.0.2.1") =>
    app.fetch(new Request(`http://bot.example${path}`, init), { remoteAddress });
}

const preflight = (origin: string): RequestInit => ({
  method: "OPTIONS",
  headers: { origin, "access-control-request-method": "GET", "access-control-request-headers": "authorization" },
});

describe("a web page of another origin", () => {
  const ask = createApp({ corsOrigins: ["https://dash.example", "http://localhost:3000"] });

  test.each(["https://dash.example", "http://localhost:3000"])("%s that is named may use the API", async (origin) => {
    const allowed = await ask("/api/tasks", preflight(origin));
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get("access-control-allow-origin")).toBe(origin);
    const headers = allowed.headers.get("access-control-allow-headers")?.split(",");
    expect(headers).toEqual(expect.arrayContaining(["authorization", "idempotency-key", "last-event-id"]));
    expect(allowed.headers.get("vary")).toMatch(/origin/i);
    const answer = await ask("/api/tasks", { headers: { origin } });
    expect([answer.status, answer.headers.get("access-control-allow-origin")]).toEqual([200, origin]);
    expect(answer.headers.get("access-control-allow-credentials")).toBeNull();
  });

  test.each(["https://evil.example", "https://dash.example.evil.example", "null"])("%s may not", async (origin) => {
    for (const init of [preflight(origin), { headers: { origin } }])
      expect((await ask("/api/tasks", init)).headers.get("access-control-allow-origin")).toBeNull();
  });

  test("that is named may use the API alone: nothing else needs it", async () => {
    for (const path of ["/webhooks/github", "/health", "/metrics", "/apish"])
      expect(
        (await ask(path, { headers: { origin: "https://dash.example" } })).headers.get("access-control-allow-origin"),
      ).toBeNull();
  });

  test("of any name may use it where that is said, and none where nothing is", async () => {
    const headers = { origin: "https://anybody.example" };
    const open = await createApp({ corsOrigins: ["*"] })("/api/tasks", { headers });
    expect(open.headers.get("access-control-allow-origin")).toBe("*");
    const closed = await createApp()("/api/tasks", { headers });
    expect(closed.headers.get("access-control-allow-origin")).toBeNull();
  });
});

describe("an address that calls the API too often", () => {
  test("gets the rest of its quota, then 429 with the time to try again, as a problem with an id", async () => {
    const ask = createApp({ apiLimit: { requests: 2, windowSeconds: 60 } });
    const answers = [];
    for (let asked = 0; asked < 3; asked += 1) answers.push(await ask("/api/tasks"));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(answers.map(({ headers }) => headers.get("ratelimit"))).toEqual([
      expect.stringMatching(/^"api";r=1;t=\d+$/),
      expect.stringMatching(/^"api";r=0;t=\d+$/),
      expect.stringMatching(/^"api";r=0;t=\d+$/),
    ]);
    expect(answers[2]?.headers.get("ratelimit-policy")).toBe('"api";q=2;w=60');
    const retryAfter = Number(answers[2]?.headers.get("retry-after"));
    expect(retryAfter).toBeGreaterThan(0);
    expect(retryAfter).toBeLessThanOrEqual(60);
    expect(answers[2]?.headers.get("content-type")).toBe("application/problem+json");
    expect(answers[2]?.headers.get("x-request-id")).toMatch(/^[\w.-]{8,128}$/);
    expect(await answers[2]?.json()).toMatchObject({ status: 429, code: "RATE_LIMITED" });
  });

  test("is identified by its socket, whatever its headers claim, and delays no other", async () => {
    const ask = createApp({ apiLimit: { requests: 1, windowSeconds: 60 } });
    const claims = ["203.0.113.1", "203.0.113.2"].map((address) => ({ headers: { "x-forwarded-for": address } }));
    const statuses = [];
    for (const init of claims) statuses.push((await ask("/api/tasks", init)).status);
    expect(statuses).toEqual([200, 429]);
    expect((await ask("/api/tasks", {}, "192.0.2.2")).status).toBe(200);
  });

  test("never locks out a token shown from there, and learns nothing about it", async () => {
    const ask = createApp({ apiLimit: { requests: 2, windowSeconds: 60 } });
    const answersTo = async (token: string) => {
      const answers = [];
      for (let asked = 0; asked < 3; asked += 1)
        answers.push((await ask("/api/tasks", { headers: { authorization: `Bearer ${token}` } })).status);
      return answers;
    };
    for (let asked = 0; asked < 5; asked += 1) await ask("/api/tasks");
    expect(await answersTo("a token")).toEqual([200, 200, 429]);
    expect(await answersTo("a token")).toEqual([429, 429, 429]);
  });

  test("may still send webhooks, and be asked whether it lives", async () => {
    const ask = createApp({ apiLimit: { requests: 1, windowSeconds: 60 } });
    for (let asked = 0; asked < 5; asked += 1) {
      await ask("/api/tasks");
      expect((await ask("/webhooks/github", { method: "POST", body: "{}" })).status).toBe(200);
      expect((await ask("/health")).headers.get("ratelimit")).toBeNull();
    }
  });

  test("gets its preflights answered", async () => {
    const ask = createApp({ corsOrigins: ["https://dash.example"], apiLimit: { requests: 1, windowSeconds: 60 } });
    for (let asked = 0; asked < 3; asked += 1)
      expect((await ask("/api/tasks", preflight("https://dash.example"))).status).toBe(204);
  });
});

test("a worker refers requests for the API to a gateway, with the right token and without", async () => {
  const variables = { AGENTBOT_ADMIN_TOKEN: "the-right-token-of-32-characters-or-more" };
  server = await startTestServer({ role: "worker", variables });
  for (const path of ["/api/tasks", "/api/deliveries/some-delivery", "/api"]) {
    for (const authorization of ["Bearer the-right-token-of-32-characters-or-more", "Bearer wrong"]) {
      const answer = await fetch(server.url + path, { headers: { authorization } });
      expect([answer.status, await answer.json()]).toEqual([
        404,
        expect.objectContaining({ code: "API_NOT_SERVED", detail: expect.stringContaining("ask a gateway") }),
      ]);
      expect(answer.headers.get("x-request-id")).toMatch(/^[\w.-]{8,128}$/);
    }
  }
  expect((await fetch(`${server.url}/livez`)).status).toBe(200);
});

describe("every answer of the real server", () => {
  test("is not to be sniffed, framed or referred from, and has a request id", async () => {
    server = await startTestServer({ variables: { CORS_ORIGINS: "https://dash.example/, http://localhost:3000" } });
    for (const path of ["/health", "/nowhere", "/api/tasks", "/webhooks/github"]) {
      const { headers } = await fetch(server.url + path, { headers: { origin: "https://dash.example" } });
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("x-frame-options")).toBe("DENY");
      expect(headers.get("referrer-policy")).toBe("no-referrer");
      expect(headers.get("x-request-id")).toMatch(/^[\w.-]{8,128}$/);
      // A proxy that keeps its connections for a minute must find them open.
      expect(headers.get("keep-alive")).toBe("timeout=75");
      expect(headers.get("access-control-allow-origin")).toBe(path === "/api/tasks" ? "https://dash.example" : null);
    }
  });

  test("stays one constant 500 when what surrounds the gateway throws", async () => {
    const logged: unknown[] = [];
    const logger = {
      debug() {},
      info() {},
      warn() {},
      error: (facts: object) => logged.push(facts),
      child: () => logger,
    };
    const fetchIt = async (): Promise<Response> => Promise.reject(new Error("a bug with secrets in it"));
    const http = createNodeServer(createHttpApp({ fetch: fetchIt }, { corsOrigins: [] }), { logger });
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    const address = http.address();
    const port = typeof address === "object" && address ? address.port : 0;
    const response = await fetch(`http://127.0.0.1:${port}/health`);
    expect([response.status, await response.json()]).toEqual([
      500,
      expect.objectContaining({ code: "INTERNAL_ERROR", detail: "The server failed to answer this request." }),
    ]);
    expect(logged).toHaveLength(1);
    http.closeAllConnections();
    http.close();
  });
});
