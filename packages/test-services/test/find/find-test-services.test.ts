import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { AgentBotError } from "@agentbot/core";
import { createCleanupStack } from "@agentbot/core/adapter";
import { Redis } from "ioredis";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { serversOfPackages } from "../../src/find/servers-of-packages.js";
import { findTestServices, type TestServicesOptions } from "../../src/index.js";
import { findPostgresDirectory } from "../../src/postgres/find-postgres-directory.js";
import { findRedisProgram } from "../../src/redis/start-private-redis.js";
import { startPingEngine } from "../fixtures/fake-engine.js";

let cleanup = createCleanupStack();
let bare: string;
beforeEach(async () => {
  cleanup = createCleanupStack();
  bare = await mkdtemp(join(tmpdir(), "agentbot-bare-"));
  cleanup.push(() => rm(bare, { recursive: true }));
});
afterEach(() => cleanup.run());

/** The error text of a search on a machine without any program. */
async function failureOf(options: Partial<TestServicesOptions>): Promise<string> {
  const failure = await findTestServices({ environment: {}, directories: [], ...options }).catch((error) => error);
  expect(AgentBotError.hasCode(failure, "CONFIGURATION_INVALID")).toBe(true);
  return Object(failure).message;
}

/** A program in the bare machine's only directory. */
async function install(name: string, script: string): Promise<void> {
  await writeFile(join(bare, name), `#!/bin/sh\n${script}\n`);
  await chmod(join(bare, name), 0o755);
}

const noEngine = { DOCKER_HOST: "unix:///nowhere/docker.sock" };

describe("test services", () => {
  test("are those of the environment, which are not touched and go on", async () => {
    const environment = { REDIS_URL: inject("redisUrl"), DATABASE_URL: inject("databaseUrl") };
    const services = await findTestServices({ environment, directories: [] });
    expect(services).toMatchObject({ redisUrl: inject("redisUrl"), databaseUrl: inject("databaseUrl") });
    expect(services.origins.redis).toBe(`REDIS_URL (${inject("redisUrl")})`);
    await services.close();
    const client = new Redis(inject("redisUrl"));
    cleanup.push(() => client.disconnect());
    expect(await client.ping()).toBe("PONG");
  });

  test("are half of the environment and half private, which end with them", async () => {
    const services = await findTestServices({ environment: { DATABASE_URL: inject("databaseUrl") } });
    expect(services.origins.redis).toMatch(/^private, \/.*(redis|valkey)-server on port \d+$/);
    const client = new Redis(services.redisUrl, { retryStrategy: () => null });
    expect(await client.ping()).toBe("PONG");
    const lost = new Promise((resolve) => client.once("end", resolve));
    await Promise.all([services.close(), services.close()]);
    await lost;
  });

  test("that are missing are refused with each way to get them", async () => {
    expect(await failureOf({ environment: noEngine })).toBe(`The tests need Redis and PostgreSQL: \
this machine has no redis-server or valkey-server, and no initdb and postgres. Do one of these:
  Debian, Ubuntu  sudo apt-get install -y --no-install-recommends redis-server postgresql
  macOS           brew install redis postgresql@17
  Fedora          sudo dnf install -y valkey postgresql-server
  Docker          start its engine, and npm install --no-save testcontainers@11.14.0
  elsewhere       set REDIS_URL and DATABASE_URL to servers that tests may use
Tried: no Docker engine answers`);
  });

  test("that are half missing are refused for that half only, and the other half is closed", async () => {
    const redis = await findRedisProgram({});
    const message = await failureOf({ environment: noEngine, directories: [dirname(redis ?? "")] });
    expect(message).toMatch(/^The tests need PostgreSQL: this machine has no initdb and postgres\. /);
    expect(message).toContain("set DATABASE_URL to a server that tests may use");
  });

  test("are never replaced by others when the environment's don't answer, whose passwords stay secret", async () => {
    const environment = {
      REDIS_URL: "redis://me:secret-1@127.0.0.1:1/0",
      DATABASE_URL: "postgres://me:secret-2@127.0.0.1:1/a?password=secret-3",
    };
    const message = await failureOf({ environment });
    expect(message.split("\n")).toEqual([
      "DATABASE_URL is postgres://me:***@127.0.0.1:1/a: no PostgreSQL accepts the connection there (connect ECONNREFUSED 127.0.0.1:1). Correct it, or unset DATABASE_URL and the tests start a private PostgreSQL.",
      "REDIS_URL is redis://me:***@127.0.0.1:1/0: no Redis answers there (connect ECONNREFUSED 127.0.0.1:1). Correct it, or unset REDIS_URL and the tests start a private Redis.",
    ]);
    expect(await failureOf({ environment: { REDIS_URL: "localhost:6379:secret-4" } })).toBe(
      "REDIS_URL: that is not a URL such as redis://127.0.0.1:6379. Correct it, or unset REDIS_URL and the tests start a private Redis.",
    );
  });

  test("come from containers only where an engine answers, and say what they lack", async () => {
    const socket = join(bare, "docker.sock");
    cleanup.push(await startPingEngine(socket));
    const environment = { DOCKER_HOST: `unix://${socket}` };
    expect(await failureOf({ environment })).toContain(
      "Tried: a Docker engine answers, but testcontainers is not installed",
    );
    await install("npm", 'echo "$0 $* in $PWD" > "$HOME/called"; echo no network >&2; exit 3');
    const sentences: string[] = [];
    const message = await failureOf({
      environment: { ...environment, PATH: bare, HOME: bare },
      install: { directory: bare },
      onProgress: (sentence) => sentences.push(sentence),
    });
    expect(message).toMatch(/Tried: npm install --no-save .*testcontainers@11\.14\.0 fails .*\nno network/);
    expect(await readFile(join(bare, "called"), "utf8")).toMatch(/--no-save .*testcontainers@11\.14\.0 in .*bare/);
    expect(sentences[0]).toMatch(/^A Docker engine answers: installing testcontainers/);
  });
});

describe("apt-get", () => {
  const missing = ["Redis", "PostgreSQL"] as const;
  const { signal } = new AbortController();

  /** An apt-get that puts this machine's programs where only the installed ones are looked for. */
  async function installAptGet(): Promise<TestServicesOptions> {
    const [redis, postgres] = await Promise.all([findRedisProgram({}), findPostgresDirectory({})]);
    const installed = join(bare, "installed");
    await mkdir(installed);
    const wrap = (program: string): string => {
      const file = join(installed, program.replace(/^.*\//, ""));
      return `printf '#!/bin/sh\\nexec ${program} "$@"\\n' > ${file}; chmod 755 ${file}`;
    };
    const links = [redis, `${postgres}/initdb`, `${postgres}/postgres`].map((program) => wrap(program ?? ""));
    await install(
      "apt-get",
      `PATH=/bin:/usr/bin\necho "$*" >> ${bare}/called\ncase $1 in install) ${links.join("\n")};; esac`,
    );
    await chmod(bare, 0o755);
    return {
      environment: { PATH: bare },
      directories: [installed],
      install: { directory: bare },
    };
  }

  test("installs for root what is missing, reports it, and the servers are started", async () => {
    const sentences: string[] = [];
    const options = { ...(await installAptGet()), onProgress: (sentence: string) => sentences.push(sentence) };
    const { servers, note } = await serversOfPackages(options, true)(missing, signal);
    for (const server of servers.values()) cleanup.push(server.close);
    expect([[...servers.keys()].sort(), note]).toEqual([["PostgreSQL", "Redis"], null]);
    for (const { origin } of servers.values()) expect(origin).toContain(join(bare, "installed"));
    expect((await readFile(join(bare, "called"), "utf8")).trim().split("\n")).toEqual([
      "update",
      "install -y --no-install-recommends redis-server postgresql",
    ]);
    expect(sentences).toEqual([
      "Installing redis-server and postgresql (apt-get install -y --no-install-recommends) ...",
    ]);
  });

  test("is not called for other users than root, nor where nothing may be installed", async () => {
    const options = await installAptGet();
    const asUser = await serversOfPackages(options, false)(missing, signal);
    expect(asUser).toMatchObject({ note: "apt-get is there, but only root may install with it" });
    const notAllowed = await serversOfPackages({ ...options, install: null }, true)(missing, signal);
    expect(notAllowed).toMatchObject({ note: "apt-get is there, but nothing may be installed (npm test does)" });
    await expect(readFile(join(bare, "called"))).rejects.toThrow("ENOENT");
  });

  test("that fails is shown in its own words", async () => {
    await install("apt-get", 'echo "E: Unable to locate package $4" >&2; exit 100');
    const options = { environment: { PATH: bare }, directories: [], install: { directory: bare } };
    const { servers, note } = await serversOfPackages(options, true)(missing, signal);
    expect(servers.size).toBe(0);
    expect(note).toMatch(/install -y .* fails \(exited, exit code 100\)\nE: Unable to locate package redis-server/);
  });
});
