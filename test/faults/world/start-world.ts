import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createCleanupStack } from "@agentbot/core/adapter";
import { eventually } from "@agentbot/core/testing";
import { type FakeGitHub, startFakeGitHub } from "@agentbot/provider-github/testing";
import {
  bundlePrograms,
  findFreePort,
  type PrivatePostgres,
  type PrivateRedis,
  startPrivatePostgres,
  startPrivateRedis,
} from "@agentbot/test-services";
import { Client } from "pg";
import { type BranchServer, startBranchServer } from "./branch-server.js";
import { type FaultProxy, startFaultProxy } from "./fault-proxy.js";
import type { ProcessSettings } from "./process-settings.js";
import { createRandom, faultSeed, type Random } from "./random.js";
import { hasOpenTasks, judge, readTasks, type TaskRow, type Verdict } from "./verdict.js";
import { octocat, repository, webhookSecret } from "./webhook.js";
import { createWebhookSender, type WebhookSender } from "./webhook-sender.js";
import { createWorldProcess, type WorldProcess } from "./world-process.js";

/** A server that a {@link FaultProxy} can stand before. */
export type Proxied = "postgres" | "redis" | "github" | "branches";

/** How {@link startWorld} is set up. */
export interface WorldOptions {
  readonly gateways: number;
  readonly workers: number;
  /** @defaultValue "redis" */
  readonly queue?: "redis" | "postgres";
  /** @defaultValue {@link faultSeed} */
  readonly seed?: number;
  /** Issues, numbered from 1. @defaultValue 500 */
  readonly issues?: number;
  /** The processes reach these through a proxy. @defaultValue none */
  readonly through?: readonly Proxied[];
  /** Settings of every process, over the usual ones. */
  readonly settings?: Partial<
    Omit<ProcessSettings, "role" | "name" | "port" | "github" | "directory" | "databaseUrl" | "redisUrl">
  >;
  /** Settings of one process by its name, such as `worker-1`. @defaultValue none */
  readonly settingsOf?: (name: string) => Partial<ProcessSettings>;
  /** An agent without a process of its own, for thousands of tasks. @defaultValue false */
  readonly isAgentInside?: boolean;
  /** Settings of the private PostgreSQL and Redis, as in their configuration. */
  readonly postgresSettings?: Readonly<Record<string, string>>;
  readonly redisSettings?: Readonly<Record<string, string>>;
}

/** Everything agentbot lives among, with agentbot in processes of its own. */
export interface World {
  readonly seed: number;
  readonly random: Random;
  readonly postgres: PrivatePostgres;
  /** Null when the queue is PostgreSQL's. */
  readonly redis: PrivateRedis | null;
  readonly github: FakeGitHub;
  readonly branches: BranchServer;
  /** The proxy before this server; throws when it was not asked for. */
  proxy(name: Proxied): FaultProxy;
  /** Gateways and workers, all started. */
  readonly gateways: readonly WorldProcess[];
  readonly workers: readonly WorldProcess[];
  readonly sender: WebhookSender;
  /** Of the test itself, past every proxy. */
  readonly databaseUrl: string;
  tasks(): Promise<readonly TaskRow[]>;
  /** Resolves when every task is final, with the verdict; also when the time is over, with what is unfinished. */
  verdict(timeoutMs?: number): Promise<Verdict>;
  /** One line for each begin and end of an agent, in order: `begin <task id> <pid>`. */
  agentRuns(): Promise<readonly string[]>;
  /** The last lines of every process, for a failure's message. */
  logs(): string;
  close(): Promise<void>;
}

const usual = {
  concurrency: 4,
  leaseMs: 5000,
  reconcileIntervalMs: 1000,
  shutdownGraceMs: 1000,
  maxAttempts: 5,
  effectRecheckMs: 100,
  agentMs: 50,
} as const;

/** Starts a {@link World}. Everything in it ends with {@link World.close}, and with this process, even by SIGKILL. */
export async function startWorld(options: WorldOptions): Promise<World> {
  const { seed = faultSeed, issues = 500, through = [] } = options;
  const random = createRandom(seed);
  const cleanup = createCleanupStack();
  const directory = await mkdtemp(join(tmpdir(), "agentbot-faults-"));
  cleanup.push(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }));
  try {
    return await build();
  } catch (error) {
    await cleanup.run().catch(() => {});
    throw error;
  }

  async function build(): Promise<World> {
    const [[gateway, worker], postgres, redis, github, branches] = await Promise.all([
      bundlePrograms(
        new URL("./programs/gateway.ts", import.meta.url),
        new URL("./programs/worker.ts", import.meta.url),
      ),
      startPrivatePostgres({ settings: { max_connections: "400", ...options.postgresSettings } }),
      options.queue === "postgres" ? null : startPrivateRedis({ settings: options.redisSettings ?? {} }),
      startGitHub(issues),
      startBranchServer(),
    ]);
    if (!gateway || !worker) throw new Error("The programs were not bundled");
    const programs = { gateway: gateway.path, worker: worker.path };
    cleanup.push(() => gateway.remove());
    cleanup.push(() => postgres.close());
    cleanup.push(() => redis?.close());
    cleanup.push(() => github.close());
    cleanup.push(() => branches.close());
    const databaseUrl = await postgres.createDatabase();

    const proxies = new Map<Proxied, FaultProxy>();
    const portOf = async (name: Proxied, port: number): Promise<number> => {
      if (!through.includes(name)) return port;
      const proxy = await startFaultProxy(port, random);
      cleanup.push(() => proxy.close());
      proxies.set(name, proxy);
      return proxy.port;
    };
    const reached = async (name: Proxied, url: string): Promise<string> => {
      const changed = new URL(url);
      changed.port = String(await portOf(name, Number(changed.port)));
      return changed.href.replace(/\/$/, "");
    };
    const githubUrl = await reached("github", github.url);
    const shared = {
      ...usual,
      databaseUrl: await reached("postgres", databaseUrl),
      redisUrl: redis ? await reached("redis", redis.url) : null,
      github: {
        appId: github.app.id,
        privateKey: github.app.privateKey,
        webhookSecret,
        url: githubUrl,
        apiUrl: github.apiUrl.replace(github.url, githubUrl),
      },
      branchesUrl: `http://127.0.0.1:${await portOf("branches", branches.port)}`,
      directory,
      agentProgram: options.isAgentInside ? null : fileURLToPath(new URL("./agent.sh", import.meta.url)),
      ...options.settings,
    };
    const processesOf = (role: "gateway" | "worker", count: number): Promise<WorldProcess[]> =>
      Promise.all(
        Array.from({ length: count }, async (_, index) => {
          const name = `${role}-${index + 1}`;
          const settings = { ...shared, ...options.settingsOf?.(name), role, name, port: await findFreePort() };
          const made = createWorldProcess(programs[role], settings);
          cleanup.push(() => made.kill());
          return made;
        }),
      );
    const gateways = await processesOf("gateway", options.gateways);
    const workers = await processesOf("worker", options.workers);
    await Promise.all([...gateways, ...workers].map((each) => each.start()));
    const sender = createWebhookSender({ gatewayUrls: () => gateways.map(({ url }) => url), github, random });
    cleanup.push(() => sender.close());

    const asking = async <Answer>(ask: (client: Client) => Promise<Answer>): Promise<Answer> => {
      const client = new Client(databaseUrl);
      client.on("error", () => {});
      await client.connect();
      try {
        return await ask(client);
      } finally {
        await client.end();
      }
    };
    const tasks = (): Promise<readonly TaskRow[]> => asking(readTasks);
    const verdictNow = async (): Promise<Verdict> => judge(sender.sent, await tasks(), github, branches);

    return {
      ...{ seed, random, postgres, redis, github, branches, gateways, workers, sender, databaseUrl, tasks },
      proxy(name) {
        const proxy = proxies.get(name);
        if (!proxy) throw new Error(`There is no proxy before ${name}: name it in "through"`);
        return proxy;
      },
      async verdict(timeoutMs = 280_000) {
        const isOver = () => asking(hasOpenTasks).then((isOpen) => (isOpen ? null : true));
        const look = () => isOver().catch(() => null);
        await eventually("every task to end", look, { timeoutMs, everyMs: 200 }).catch(() => {});
        return verdictNow();
      },
      async agentRuns() {
        const log = await readFile(join(directory, "agent-runs"), "utf8").catch(() => "");
        return log.split("\n").slice(0, -1);
      },
      logs: () => [...gateways, ...workers].flatMap(({ lines }) => lines).join("\n"),
      close: () => cleanup.run(),
    };
  }
}

function startGitHub(issues: number): Promise<FakeGitHub> {
  return startFakeGitHub({
    app: { id: 12_345, slug: "agentbot" },
    users: [octocat],
    installations: [{ id: 1 }],
    repositories: [
      {
        ...repository,
        collaborators: { [octocat.login]: "write" },
        issues: Array.from({ length: issues }, (_, index) => ({ number: index + 1, title: "A typo" })),
      },
    ],
  });
}
