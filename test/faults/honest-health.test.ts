import { eventually } from "@agentbot/core/testing";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { ProxyFaults } from "./world/fault-proxy.js";
import { type Proxied, startWorld, type World } from "./world/start-world.js";

/** The limit of an answer, for a test that hangs, in milliseconds. */
const answerTimeoutMs = 120_000;

const gone = [
  ["refuses connections", { isRefusing: true }],
  ["is half-open: connections stay and get no answer", { isSilent: true }],
  ["is slower than any client waits", { delayMs: 20_000 }],
] as const satisfies readonly (readonly [string, ProxyFaults])[];

describe("the health of a gateway and of a worker", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({
      ...{ gateways: 1, workers: 1, queue: "redis", issues: 1, through: ["postgres", "redis", "github"] },
    });
  });
  afterAll(() => world?.close());
  afterEach(async () => {
    for (const name of ["postgres", "redis", "github"] as const) {
      world.proxy(name).behave({});
      world.proxy(name).cut();
    }
    const isWell = async (): Promise<boolean> => (await statusesOf("/readyz")) === "200 200" && (await isHealthy());
    await eventually("all to be well again", async () => ((await isWell()) ? true : null), { everyMs: 100 });
  });

  const ask = (url: string, path: string): Promise<Response> =>
    fetch(`${url}${path}`, { signal: AbortSignal.timeout(answerTimeoutMs) });
  const isHealthy = async (): Promise<boolean> => {
    const { status } = (await (await ask(world.gateways[0]?.url ?? "", "/health")).json()) as { status: string };
    return status === "healthy";
  };
  const urls = (): string[] => [...world.gateways, ...world.workers].map(({ url }) => url);
  /** The statuses of the gateway and the worker, such as `200 503`. */
  const statusesOf = async (path: string): Promise<string> => {
    const answers = await Promise.all(urls().map((url) => ask(url, path)));
    await Promise.all(answers.map((answer) => answer.arrayBuffer()));
    return answers.map(({ status }) => status).join(" ");
  };
  const breakDown = (name: Proxied, faults: ProxyFaults): void => {
    world.proxy(name).behave(faults);
    // A server that refuses connections has ended those it had.
    if (faults.isRefusing) world.proxy(name).cut();
  };
  const shows = (what: string, look: () => Promise<true | null>): Promise<true> =>
    eventually(what, look, { everyMs: 50 });

  test.each(gone)("shows a database that %s: alive, not ready, and metrics all the while", async (_, faults) => {
    breakDown("postgres", faults);
    await shows("/readyz to say so", async () => ((await statusesOf("/readyz")) === "503 503" ? true : null));
    expect(await statusesOf("/livez")).toBe("200 200");
    expect(await statusesOf("/metrics")).toBe("200 200");
    const health = await ask(world.gateways[0]?.url ?? "", "/health");
    expect(health.status).toBe(503);
    expect(await health.json()).toMatchObject({ status: "unhealthy", checks: { database: { healthy: false } } });
  });

  test.each(gone)("shows a Redis that %s: degraded, and ready all the same", async (_, faults) => {
    breakDown("redis", faults);
    await shows("/health to say so", async () => {
      const health = await ask(world.gateways[0]?.url ?? "", "/health");
      const { status, checks } = (await health.json()) as { status: string; checks: { redis: { healthy: boolean } } };
      return health.status === 200 && status === "degraded" && !checks.redis.healthy ? true : null;
    });
    expect(await statusesOf("/readyz")).toBe("200 200");
    expect(await statusesOf("/livez")).toBe("200 200");
    expect(await statusesOf("/metrics")).toBe("200 200");
  });

  test("shows a database that is merely slow as ready, with its latency", async () => {
    // Two messages of this delay for each look: far from a look's limit of two seconds, on a busy machine too.
    const delayMs = 100;
    world.proxy("postgres").behave({ delayMs });
    expect(await statusesOf("/readyz")).toBe("200 200");
    // A result of before may be served for a second.
    await shows("/health to show the delay", async () => {
      const health = (await (await ask(world.gateways[0]?.url ?? "", "/health")).json()) as {
        status: string;
        checks: { database: { latency_ms: number } };
      };
      return health.status === "healthy" && health.checks.database.latency_ms >= 2 * delayMs ? true : null;
    });
  });

  test.each(gone)("does not depend on a GitHub that %s", async (_, faults) => {
    breakDown("github", faults);
    for (const path of ["/readyz", "/livez", "/metrics", "/health"]) expect(await statusesOf(path)).toBe("200 200");
  });
});
