import * as claude from "@agentbot/adapter-claude-cli";
import * as postgres from "@agentbot/adapter-postgres";
import * as redis from "@agentbot/adapter-redis";
import * as core from "@agentbot/core";
import * as adapter from "@agentbot/core/adapter";
import * as memory from "@agentbot/core/memory";
import * as node from "@agentbot/core/node";
import * as tracing from "@agentbot/core/tracing";
import * as github from "@agentbot/provider-github";
import * as git from "@agentbot/workspace-git";
import { describe, expect, test } from "vitest";

const packages: Readonly<Record<string, unknown>>[] = [
  ...[claude, postgres, redis, core, adapter, memory, node, tracing],
  ...[github, git],
];
const exported = new Map(packages.flatMap((names) => Object.entries(names)));

/** The arguments of each factory, and every option that is wrong in them. */
const wrong: Readonly<Record<string, readonly [given: readonly unknown[], ...problems: string[]]>> = {
  createGateway: [
    [
      {
        store: {},
        queue: null,
        providers: [{}],
        logger: "pino",
        maxBodyBytes: -1,
        mountPath: "/bot/",
        admin: { token: "a token with blanks, long enough otherwise", tokens: 1 },
      },
    ],
    ...["store", "queue", "providers.0", "logger", "maxBodyBytes", "mountPath", "admin.token", "admin"],
  ],
  createWorker: [
    [
      {
        store: {},
        queue: {},
        providers: {},
        workspaces: {},
        concurrency: 0,
        leaseMs: 1,
        retention: { bodiesMs: 0, days: 1 },
      },
    ],
    ...[
      "store",
      "queue",
      "providers",
      "agent",
      "sandbox",
      "workspaces",
      "concurrency",
      "leaseMs",
      "retention.bodiesMs",
      "retention",
    ],
  ],
  createBot: [
    [{ store: {}, queue: {}, providers: {}, workspaces: {}, concurency: 2, storeTimeoutMS: 1 }],
    ...["store", "queue", "providers", "agent", "sandbox", "workspaces", "options"],
  ],
  createPermissionPolicy: [[{ codeHosts: {}, hosts: 1 }], "codeHosts", "options"],
  createRepositoryResolver: [
    [{ repositories: [{ path: "acme/site", origins: [] }], routes: [{ provider: "" }], default: "acme/site" }],
    ...["repositories.0.provider", "repositories.0.tenant", "repositories.0.id", "repositories.0.defaultBranch"],
    ...["repositories.0.origins", "routes.0.provider", "routes.0.tenant", "routes.0.conversation", "routes.0.path"],
    "options",
  ],
  createMetricsRegistry: [[{ version: "", agents: "claude" }], "version", "options"],
  createAesKeyRing: [[{ keys: [{ id: "a b", key: Buffer.alloc(5) }], key: 1 }], "keys.0.id", "keys.0.key", "options"],
  createOutageReporter: [[{ store: {}, queue: {}, recheckMs: 0 }], "store.health", "queue", "logger", "recheckMs"],
  createMemoryQueue: [[{ clock: {}, agingMs: 0 }], "clock", "agingMs"],
  createMemoryStore: [[{ clock: 1, file: "a" }], "clock", "options"],
  createMemoryRateLimiter: [[{ limit: 0, windowMs: "1", keys: 1 }], "limit", "windowMs", "options"],
  createFileListIndexer: [[{ maxFiles: 0, gitProgram: 1 }], "maxFiles", "gitProgram"],
  toNodeHandler: [
    [{}, { discardMaxBytes: -1, logger: 1, mountPath: "/bot" }],
    ...["gateway", "logger", "discardMaxBytes", "options"],
  ],
  createConsoleLogger: [
    [{ level: "loud", secrets: "a", stream: {}, clock: 1, color: true }],
    ...["level", "secrets", "stream", "clock", "options"],
  ],
  createNodeServer: [[{}, { logger: 1, timeoutMs: 1 }], "gateway", "logger", "options"],
  answerClientErrors: [[{}, { logger: 1, timeoutMs: 1 }], "server", "logger", "options"],
  createPostgresStore: [[{ database: {}, keyRing: null, pool: {} }], "database", "keyRing", "options"],
  createPostgresQueue: [[{ database: null, pollMs: 0 }], "database", "pollMs"],
  createPostgresPubSub: [[{ database: {}, pool: {} }], "database", "options"],
  openPostgresDatabase: [
    [{ pool: {}, statementTimeoutMs: 0, lockTimeoutMs: 2 ** 31, logger: {}, url: "" }],
    ...["pool", "statementTimeoutMs", "lockTimeoutMs", "logger", "options"],
  ],
  openPgliteDatabase: [[{ dataDirectory: 1, signal: {}, directory: "" }], "dataDirectory", "signal", "options"],
  createRedisQueue: [
    [{ client: {}, name: "{a}", agingMs: 0, installationConcurrency: -1, buriedLimit: 0.5, concurrency: 1 }],
    ...["client", "name", "agingMs", "installationConcurrency", "buriedLimit", "options"],
  ],
  createRedisPubSub: [[{ client: {}, name: "" }], "client", "name"],
  createRedisRateLimiter: [[{ client: {}, name: "a b", limit: 0, windowMs: 0 }], "client", "name", "limit", "windowMs"],
  connectRedis: [
    [{ client: "redis://", tries: 0, pauseMs: -1, onLost: 1, logger: {}, url: "" }],
    ...["client", "logger", "onLost", "tries", "pauseMs", "options"],
  ],
  redisRetryStrategy: [[{ baseMs: 0, capMs: "5 s", maxMs: 1 }], "baseMs", "capMs", "options"],
  createClaudeRunner: [
    [
      {
        program: "",
        environment: { PATH: 1 },
        maxTurns: 0,
        permissionMode: "yolo",
        model: "",
        apikey: "k",
      },
    ],
    ...["program", "environment.PATH", "model", "maxTurns", "permissionMode", "options"],
  ],
  createGitHubProvider: [
    [
      {
        appId: 0,
        privateKey: "a secret",
        webhookSecret: "",
        name: "-",
        apiUrl: "ftp://a",
        fetch: 1,
        metrics: {},
        webhookSecrets: [],
      },
    ],
    ...["appId", "privateKey", "webhookSecret", "name", "apiUrl", "metrics", "fetch", "options"],
  ],
  createGitWorkspaceFactory: [
    [{ directory: "", allowHttp: 1, author: { name: "a<b" }, historyDepth: -1, logger: 1, depth: 1 }],
    ...["directory", "allowHttp", "author.name", "author.email", "historyDepth", "logger", "options"],
  ],
};

const tooLong = 2 ** 31;

/** Options that timers take: Node ends a timer at once whose delay is too long for it. */
const ofTimers: readonly (readonly [factory: string, option: string, given: readonly unknown[]])[] = [
  ["createGateway", "bodyTimeoutMs", [{ bodyTimeoutMs: tooLong }]],
  ["createGateway", "storeTimeoutMs", [{ storeTimeoutMs: tooLong }]],
  ["createWorker", "leaseMs", [{ leaseMs: tooLong }]],
  ["createWorker", "reconcileIntervalMs", [{ reconcileIntervalMs: tooLong }]],
  ["createOutageReporter", "recheckMs", [{ recheckMs: tooLong / 32 }]],
  ["toNodeHandler", "discardTimeoutMs", [{}, { discardTimeoutMs: tooLong }]],
  ["openPostgresDatabase", "statementTimeoutMs", [{ statementTimeoutMs: tooLong - 1 }]],
  ["createPostgresQueue", "pollMs", [{ pollMs: tooLong }]],
  ["createRedisQueue", "timeoutMs", [{ timeoutMs: tooLong }]],
  ["createRedisRateLimiter", "timeoutMs", [{ timeoutMs: tooLong }]],
  ["connectRedis", "pauseMs", [{ pauseMs: tooLong }]],
  ["redisRetryStrategy", "capMs", [{ capMs: tooLong }]],
  ["createClaudeRunner", "idleTimeoutMs", [{ idleTimeoutMs: tooLong }]],
  ["createGitHubProvider", "requestTimeoutMs", [{ requestTimeoutMs: tooLong }]],
  ["createGitWorkspaceFactory", "commandTimeoutMs", [{ commandTimeoutMs: tooLong }]],
  ["createFileListIndexer", "timeoutMs", [{ timeoutMs: tooLong }]],
];

/** Factories without options that could be wrong. */
const withoutOptions = [
  ...["createSilentLogger", "createNoSandbox", "createLifecycleEvents", "createCleanupStack"],
  ...["createOpenTelemetryTracer", "createApiTracer", "createMemoryPubSub", "createRedactor", "createSecretCheck"],
  "createFactRedactor",
];

async function problemOf(factory: string, given: readonly unknown[]): Promise<unknown> {
  const make = exported.get(factory);
  if (typeof make !== "function") throw new Error(`no package exports ${factory}`);
  return await Promise.resolve()
    .then(() => Reflect.apply(make, null, given))
    .then(
      () => null,
      (thrown: unknown) => thrown,
    );
}

describe("wrong options", () => {
  test("are tried on every factory of every package", () => {
    const factories = [...exported]
      .filter(
        ([name, value]) =>
          typeof value === "function" && /^(create|open|connect|toNode|answerClient|redisRetry)/.test(name),
      )
      .map(([name]) => name);
    expect(factories.sort()).toEqual([...Object.keys(wrong), ...withoutOptions].sort());
  });

  test.each(Object.entries(wrong))("of %s are one error that names each", async (factory, [given, ...expected]) => {
    const error = await problemOf(factory, given);
    if (!core.AgentBotError.hasCode(error, "CONFIGURATION_INVALID")) throw error ?? new Error("it was accepted");
    const problems = error.details?.["problems"] as readonly string[];
    const named = problems.map((problem) => problem.slice(0, problem.indexOf(": ")));
    expect(named.sort()).toEqual([...expected].sort());
    expect(error.message).toBe(`${factory}: ${problems.join("; ")}`);
    expect(error.message).not.toContain("a secret");
  });

  test.each(ofTimers)("of %s include a %s that is too long for a timer", async (factory, option, given) => {
    expect(String(await problemOf(factory, given))).toContain(`${option}: Too big`);
  });

  test.each(Object.keys(wrong))("of %s are named where nothing is given at all", async (factory) => {
    for (const nothing of [null, "text"]) {
      const error = await problemOf(factory, [nothing]);
      expect(core.AgentBotError.hasCode(error, "CONFIGURATION_INVALID") && error.message).toMatch(`${factory}: `);
    }
  });
});

test("two providers of one name are refused, by gateway and worker", async () => {
  const store = memory.createMemoryStore();
  const queue = memory.createMemoryQueue();
  const provider = { name: "acme", source: {}, conversation: {} };
  for (const factory of ["createGateway", "createWorker"]) {
    const error = await problemOf(factory, [{ store, queue, providers: [provider, provider] }]);
    expect(String(error)).toContain(`${factory}: providers: two providers have the same name`);
  }
});
