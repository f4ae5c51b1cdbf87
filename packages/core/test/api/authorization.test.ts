import { describe, expect, test } from "vitest";
import { createGateway } from "../../src/gateway/create-gateway.js";
import { createMemoryQueue } from "../../src/memory/create-memory-queue.js";
import { createMemoryStore } from "../../src/memory/create-memory-store.js";
import { token } from "./fixtures/admin-token.js";
import { startApi } from "./fixtures/start-api.js";

const routes = [
  ["GET", "/api/tasks"],
  ["GET", "/api/tasks/some-task"],
  ["GET", "/api/tasks/some-task/events"],
  ["POST", "/api/tasks/some-task/cancel"],
  ["POST", "/api/tasks/some-task/retry"],
  ["GET", "/api/deliveries"],
  ["GET", "/api/deliveries/some-delivery"],
  ["POST", "/api/deliveries/some-delivery/replay"],
] as const;

describe("every route of the API", () => {
  test.each(routes)("%s %s is refused without the token, always by the same bytes", async (method, path) => {
    const api = await startApi();
    const shown = [
      "",
      "Bearer",
      "Bearer ",
      "Bearer wrong",
      `Basic ${token}`,
      `Bearer ${token}x`,
      `Bearer x${token}`,
      token,
    ];
    const answers = await Promise.all(
      shown.map((authorization) => api.call(method, path, { headers: { authorization } })),
    );
    for (const answer of answers) {
      expect(answer.status).toBe(401);
      expect(answer.headers.get("www-authenticate")).toBe('Bearer realm="agentbot"');
      expect(answer.headers.get("content-type")).toBe("application/problem+json");
      expect(answer.text).toBe(answers[0]?.text);
    }
    expect(answers[0]?.json).toMatchObject({ status: 401, code: "UNAUTHORIZED" });
  });

  test.each(routes)("%s %s is refused to every caller while no token is configured", async (method, path) => {
    const api = await startApi({ api: null });
    for (const authorization of ["", "Bearer ", "Bearer undefined", "Bearer null", `Bearer ${token}`]) {
      const answer = await api.call(method, path, { headers: { authorization } });
      expect([answer.status, answer.json["code"]]).toEqual([401, "UNAUTHORIZED"]);
    }
  });

  test.each(routes)("%s %s takes the token under any case of its scheme, and is never cached", async (method, path) => {
    const api = await startApi();
    const answer = await api.call(method, path, { headers: { authorization: `bEaReR  ${token}` } });
    expect([200, 404]).toContain(answer.status);
    expect(answer.headers.get("cache-control")).toContain("no-store");
  });
});

test("wrong tokens of one address are limited, and the right one never is", async () => {
  const api = await startApi();
  const wrong = { headers: { authorization: "Bearer wrong" } };
  for (let tries = 0; tries < 30; tries += 1) expect((await api.get("/api/tasks", wrong)).status).toBe(401);
  const limited = await api.get("/api/tasks", wrong);
  expect([limited.status, limited.json["code"]]).toEqual([429, "TOO_MANY_FAILED_TRIES"]);
  expect(Number(limited.headers.get("retry-after"))).toBeGreaterThan(0);
  expect((await api.get("/api/tasks")).status).toBe(200);
  expect((await api.get("/health")).status).toBe(200);
});

test("guesses past the limit are slowed for their client, and neither the operator nor any other client is", async () => {
  const api = await startApi();
  const ask = async (authorization: string) => (await api.get("/api/tasks", { headers: { authorization } })).status;
  for (let tries = 0; tries <= 30; tries += 1) await ask("Bearer wrong");
  const guesses = await Promise.all(Array.from({ length: 50 }, () => ask("Bearer wrong")));
  expect(new Set(guesses)).toEqual(new Set([429]));
  // More than ten that wait at once are refused without a look, the right one too: its answer would reveal it.
  const waiting = Array.from({ length: 10 }, () => ask("Bearer wrong"));
  expect(await ask(`Bearer ${token}`)).toBe(429);
  await Promise.all(waiting);
  expect(await ask(`Bearer ${token}`)).toBe(200);
  // From here on the client is the operator's.
  const others = Array.from({ length: 10 }, () => ask("Bearer wrong"));
  expect(await ask(`Bearer ${token}`)).toBe(200);
  await Promise.all(others);
});

test("a limiter that fails changes no answer", async () => {
  const down = async (): Promise<never> => {
    throw new Error("the limiter is down");
  };
  const api = await startApi({ api: { failedTries: { peek: down, consume: down } } });
  expect((await api.get("/api/tasks", { headers: { authorization: "Bearer wrong" } })).status).toBe(401);
});

test("the log has the refusal and never the token", async () => {
  const api = await startApi();
  await api.get("/api/tasks", { headers: { authorization: "Bearer a-wrong-guess" } });
  await api.get("/api/tasks");
  expect(JSON.stringify(api.logger.lines)).toContain("Admin request refused");
  expect(JSON.stringify(api.logger.lines)).not.toMatch(new RegExp(`a-wrong-guess|${token}`));
});

test("a wrong method is answered by 405 and what the path allows, an unknown path by 404", async () => {
  const api = await startApi();
  const wrong = await api.call("DELETE", "/api/tasks/some-task");
  expect([wrong.status, wrong.headers.get("allow"), wrong.json["code"]]).toEqual([
    405,
    "GET, HEAD",
    "METHOD_NOT_ALLOWED",
  ]);
  expect((await api.get("/api/tasks/some-task/cancel")).headers.get("allow")).toBe("POST");
  for (const path of ["/api", "/api/", "/api/tasks/", "/api/tasks/a/b/c", "/api/installations"]) {
    expect([(await api.get(path)).status, path]).toEqual([404, path]);
  }
});

test.each([
  ["", true, 8],
  ["short", true, 8],
  ["a-token-of-31-characters-exactly".slice(1), false, 32],
])("a token that can be guessed is refused when the gateway is made: %j", (token, isDevelopment, least) => {
  const parts = { providers: [], store: createMemoryStore(), queue: createMemoryQueue() };
  expect(() => createGateway({ ...parts, admin: { token, isDevelopment } })).toThrow(
    `createGateway: admin.token: must have at least ${least} characters: \`openssl rand -hex 32\``,
  );
  expect(() => createGateway({ ...parts, admin: { token: "x".repeat(least), isDevelopment } })).not.toThrow();
});

test("a store that hangs is answered by 503 in time", async () => {
  const store = createMemoryStore();
  const hang = () => new Promise<never>(() => {});
  const api = await startApi({
    store: { ...store, tasks: { ...store.tasks, search: hang, find: hang } },
    storeTimeoutMs: 50,
  });
  for (const path of ["/api/tasks", "/api/tasks/some-task", "/api/tasks/some-task/events"]) {
    const answer = await api.get(path);
    expect([answer.status, answer.json["code"]]).toEqual([503, "STORE_UNAVAILABLE"]);
  }
});
