// Counts the files whose functions run in one webhook, one task and one cancellation, over PGlite, a private Redis, a git
// server and a GitHub on the loopback; prints them as JSON.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createPostgresStore, migrate, openPgliteDatabase } from "@agentbot/adapter-postgres";
import { createRedisPubSub, createRedisQueue } from "@agentbot/adapter-redis";
import {
  createAesKeyRing,
  createGateway,
  createNoSandbox,
  createWorker,
  type Store,
  type TaskQueue,
} from "@agentbot/core";
import { createCleanupStack } from "@agentbot/core/adapter";
import { createScriptedRunner, eventually } from "@agentbot/core/testing";
import { createGitHubProvider } from "@agentbot/provider-github";
import { startFakeGitHub } from "@agentbot/provider-github/testing";
import { startPrivateRedis } from "@agentbot/test-services";
import { createGitWorkspaceFactory } from "@agentbot/workspace-git";
import { createBareRepository, createGitHttpHandler } from "@agentbot/workspace-git/testing";
import { Redis } from "ioredis";
import { commentWebhook, octocat, repository, webhookSecret } from "../faults/world/webhook.js";
import { createFileCoverage } from "./file-coverage.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const adminToken = "a-token-of-the-flow-test-and-no-other";
const cleanup = createCleanupStack();
const directory = await mkdtemp(join(tmpdir(), "agentbot-flows-"));
cleanup.push(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }));

const path = `${repository.owner}/${repository.name}.git`;
await createBareRepository({ root: directory, path, files: { "README.md": "A tpyo\n" }, defaultBranch: "main" });
const serveGit = createGitHttpHandler({ root: directory, authorize: () => true });
const github = await startFakeGitHub({
  app: { id: 12_345, slug: "agentbot" },
  users: [octocat],
  installations: [{ id: 1 }],
  repositories: [{ ...repository, collaborators: { [octocat.login]: "write" }, issues: issues(2) }],
  gitHandler: async (request, response) => void (await serveGit(request, response)),
});
cleanup.push(() => github.close());
const redis = await startPrivateRedis();
cleanup.push(redis.close);
const client = new Redis(redis.url);
cleanup.push(() => client.disconnect());
const database = await openPgliteDatabase({ dataDirectory: join(directory, "database") });
cleanup.push(() => database.close());
await migrate(database);
const store = createPostgresStore({
  database,
  keyRing: createAesKeyRing({ keys: [{ id: "k1", key: new Uint8Array(32).fill(7) }] }),
});
const queue = createRedisQueue({ client });
const pubSub = createRedisPubSub({ client });
cleanup.push(() => queue.close());
cleanup.push(() => pubSub.close());
const provider = createGitHubProvider({
  ...{ appId: github.app.id, privateKey: github.app.privateKey, webhookSecret, url: github.url, apiUrl: github.apiUrl },
});

/** A promise and the function that resolves it. */
function createGate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}
const [claiming, reconciled] = [createGate(), createGate()];
/** The worker claims nothing until its start is over, and so not measured with its first task. */
const gatedQueue: TaskQueue = {
  ...queue,
  async claim(request) {
    await Promise.race([claiming.opened, new Promise((resolve) => request.signal.addEventListener("abort", resolve))]);
    return await queue.claim(request);
  },
};
const observedStore: Store = {
  ...store,
  outbox: {
    ...store.outbox,
    async tryAcquireSweep(everyMs) {
      const isAcquired = await store.outbox.tryAcquireSweep(everyMs);
      reconciled.open();
      return isAcquired;
    },
  },
};
let isAgentStoppable = false;
const shared = { store, pubSub, providers: [provider] };
const gateway = createGateway({ ...shared, queue, admin: { token: adminToken } });
const worker = createWorker({
  ...{
    ...shared,
    store: observedStore,
    queue: gatedQueue,
    sandbox: createNoSandbox(),
    reconcileIntervalMs: 3_600_000,
    dailyBudgetUsd: 1000,
  },
  agent: createScriptedRunner({
    async script({ job, signal, emit }) {
      emit({ type: "agent:message", data: { text: "Working" } });
      await writeFile(join(job.directory, "README.md"), "A typo\n");
      if (isAgentStoppable && !signal.aborted)
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
      return undefined;
    },
  }),
  workspaces: createGitWorkspaceFactory({ directory: join(directory, "work"), allowHttp: true }),
});
cleanup.push(() => gateway.close());
cleanup.push(() => worker.stop());

const post = async (issueNumber: number): Promise<string> => {
  const webhook = commentWebhook({ id: issueNumber, issueNumber });
  const response = await gateway.fetch(new Request("http://bot.example/webhooks/github", webhook));
  const { taskId } = (await response.json()) as { readonly taskId: string };
  return taskId;
};
const statusOf = async (taskId: string): Promise<string> => (await store.tasks.find(taskId))?.status ?? "unknown";
const untilStatus = (taskId: string, wanted: string): Promise<true> =>
  eventually(`task ${taskId} to be ${wanted}`, async () => ((await statusOf(taskId)) === wanted ? true : null));

try {
  const coverage = await createFileCoverage(root);
  const first = await post(1);
  await eventually("the entry", async () => ((await client.zcard("agent:tasks")) === 1 ? true : null));
  const webhook = await coverage.take();
  await worker.start();
  await reconciled.opened;
  await coverage.take();
  claiming.open();
  await untilStatus(first, "succeeded");
  const task = await coverage.take();

  isAgentStoppable = true;
  const second = await post(2);
  await eventually("the agent", async () => {
    const events = await store.transcript.read(second, { afterSeq: 0, limit: 100 });
    return events.some(({ type }) => type === "agent:message") ? true : null;
  });
  await coverage.take();
  const cancelRequest = new Request(`http://bot.example/api/tasks/${second}/cancel`, {
    method: "POST",
    headers: { authorization: `Bearer ${adminToken}` },
  });
  await gateway.fetch(cancelRequest);
  await untilStatus(second, "cancelled");
  const cancellation = await coverage.take();
  process.stdout.write(`${JSON.stringify({ webhook, task, cancellation })}\n`);
} finally {
  await cleanup.run();
}

function issues(count: number): readonly { readonly number: number; readonly title: string }[] {
  return Array.from({ length: count }, (_, index) => ({ number: index + 1, title: "A typo" }));
}
