import { chmodSync, copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createCleanupStack } from "@agentbot/core/adapter";
import { eventually } from "@agentbot/core/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startServerProcess } from "../../server/test/fixtures/server-process.js";
import { createSelfSigned } from "./fixtures/self-signed.js";
import { startProxy, type TestProxy } from "./fixtures/start-proxy.js";
import { commentOn, deliver, startWorld, type World } from "./fixtures/start-world.js";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const password = "canary/of the proxy";
const tls = createSelfSigned("github.test", "api.github.test");
let cleanup = createCleanupStack();
beforeEach(() => {
  cleanup = createCleanupStack();
});
afterEach(() => cleanup.run());

/** A world, and a proxy that leads to its GitHub. */
interface ProxiedWorld {
  readonly world: World;
  readonly proxy: TestProxy;
  /** The proxy's address for a variable. */
  readonly address: string;
  /** Runs one task on a server of these variables until its pull request is open; returns what it logged and the agent's environment. */
  runTask(variables: Readonly<Record<string, string>>): Promise<{
    readonly routes: Readonly<Record<string, unknown>>;
    readonly log: string;
    readonly agent: Readonly<Record<string, string>>;
  }>;
}

async function startProxiedWorld(): Promise<ProxiedWorld> {
  const world = await startWorld([1]);
  cleanup.push(world.close);
  const { github } = world.local;
  const proxy = await startProxy({ targetUrl: github.url, user: `bot:${password}`, tls });
  cleanup.push(proxy.close);
  const directory = dirname(world.environment["CLAUDE_BIN"] ?? "");
  const program = join(directory, "environment-agent.mjs");
  copyFileSync(here("./fixtures/environment-agent.mjs"), program);
  chmodSync(program, 0o755);
  return {
    world,
    proxy,
    address: `http://bot:${encodeURIComponent(password)}@127.0.0.1:${proxy.port}`,
    async runTask(variables) {
      const environment = { ...world.environment, CLAUDE_BIN: program, LOG_LEVEL: "debug", ...variables };
      const server = startServerProcess(environment);
      cleanup.push(async () => {
        server.child.kill("SIGKILL");
        await server.ended;
      });
      const { url } = await server.listening;
      await deliver(url, commentOn(1, "@agentbot mend the typo"));
      await eventually("the pull request", () => github.pullRequests.length === 1 || null);
      const agent = JSON.parse(readFileSync(join(directory, "environment.json"), "utf8")) as Record<string, string>;
      return { routes: await server.said("Outgoing connections"), log: JSON.stringify(server.logs()), agent };
    },
  };
}

test("HTTPS_PROXY and NODE_EXTRA_CA_CERTS count for the API, git and the agent alike, and no password is logged", async () => {
  const { world, proxy, address, runTask } = await startProxiedWorld();
  const certificates = join(world.dataDirectory, "../extra-ca.pem");
  writeFileSync(certificates, tls.certificate);
  const { routes, log, agent } = await runTask({
    GITHUB_URL: "https://github.test",
    GITHUB_API_URL: "https://api.github.test/api/v3",
    HTTPS_PROXY: address,
    NODE_EXTRA_CA_CERTS: certificates,
    NO_PROXY: "internal.test,10.0.0.0/8",
  });
  const shown = `http://127.0.0.1:${proxy.port}`;
  expect(routes).toMatchObject({ api: shown, git: shown, agent: shown, extraCertificates: certificates });
  expect([...proxy.requested].sort()).toEqual(["CONNECT api.github.test:443", "CONNECT github.test:443"]);
  const noProxy = "internal.test,.internal.test,10.0.0.0/8";
  expect(agent).toMatchObject({ HTTPS_PROXY: address, https_proxy: address, NODE_EXTRA_CA_CERTS: certificates });
  expect(agent).toMatchObject({ NO_PROXY: noProxy, no_proxy: noProxy });
  expect(log).not.toContain("canary");
}, 180_000);

test("an http: server is requested from the proxy by its whole address, by the API and git alike", async () => {
  const { proxy, address, runTask } = await startProxiedWorld();
  const { routes } = await runTask({
    GITHUB_URL: "http://github.test",
    GITHUB_API_URL: "http://api.github.test/api/v3",
    http_proxy: address,
  });
  const shown = `http://127.0.0.1:${proxy.port}`;
  expect(routes).toMatchObject({ api: shown, git: shown, agent: shown });
  expect([...proxy.requested].sort()).toEqual([
    ...["GET api.github.test", "GET github.test", "PATCH api.github.test", "POST api.github.test"],
    ...["POST github.test"],
  ]);
}, 180_000);

test("a host of NO_PROXY is reached directly, by the API and git alike", async () => {
  const { proxy, runTask } = await startProxiedWorld();
  const { routes } = await runTask({ ALL_PROXY: "127.0.0.1:9", NO_PROXY: "example.test, 127.0.0.0/8" });
  expect(routes).toMatchObject({ api: "direct", git: "direct", agent: "http://127.0.0.1:9" });
  expect(proxy.requested.size + proxy.refusedCount).toBe(0);
}, 180_000);
