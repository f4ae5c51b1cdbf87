// The real worker over PostgreSQL and Redis, with an agent that does nothing, a tree that holds nothing and a provider in
// memory: what is measured is agentbot's own work for a task.
import { randomBytes } from "node:crypto";
import { createPostgresStore, openPostgresDatabase } from "@agentbot/adapter-postgres";
import { createRedisQueue } from "@agentbot/adapter-redis";
import {
  type CodeHost,
  createAesKeyRing,
  createNoSandbox,
  createWorker,
  type Workspace,
  type WorkspaceFactory,
} from "@agentbot/core";
import { createFakeProvider, createScriptedRunner } from "@agentbot/core/testing";
import { Redis } from "ioredis";
import { Pool } from "pg";
import { serveProgram } from "./serve-program.js";

const pool = new Pool({ connectionString: process.env["DATABASE_URL"], max: Number(process.env["POOL_SIZE"]) });
const database = openPostgresDatabase({ pool });
const keyRing = createAesKeyRing({ keys: [{ id: "bench", key: randomBytes(32) }] });
const client = new Redis(process.env["REDIS_URL"] ?? "");
const queue = createRedisQueue({ client, name: process.env["QUEUE_NAME"] ?? "" });

const commit = "a".repeat(40);
const workspace: Workspace = {
  directory: "/nonexistent",
  homeDirectory: "/nonexistent",
  gitDirectory: "/nonexistent",
  cacheDirectory: "/nonexistent",
  baseCommit: commit,
  notes: [],
  commit: async () => ({ status: "unchanged", leftOut: null }),
  restore: async () => {},
  publish: async () => {},
};
const workspaces: WorkspaceFactory = { prepare: async () => ({ workspace, dispose: async () => {} }) };
const provider = createFakeProvider({ name: "github" });
const codeHost: CodeHost = {
  credentials: async ({ path }) => ({
    ...{ path, defaultBranch: null, gitUrl: "https://github.invalid/", authorization: "none" },
    branchUrl: (branch) => `https://github.invalid/${branch}`,
    revoke: async () => {},
  }),
  permission: async () => "write",
  readFile: async () => null,
  findPullRequest: async () => null,
  openPullRequest: async () => {
    throw new Error("An agent that changes nothing has no pull request");
  },
};

const worker = createWorker({
  store: createPostgresStore({ database, keyRing }),
  queue,
  agent: createScriptedRunner({ script: async () => undefined }),
  workspaces,
  sandbox: createNoSandbox(),
  providers: [{ ...provider, codeHost }],
  concurrency: Number(process.env["CONCURRENCY"]),
  dailyBudgetUsd: 1_000_000,
});
await worker.start();
serveProgram(0, async () => {
  await worker.stop();
  await queue.close();
  client.disconnect();
  await pool.end();
});
