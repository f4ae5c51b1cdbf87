import {
  type AgentOutcome,
  type AgentRunContext,
  type AgentRunner,
  type Clock,
  createGateway,
  createNoSandbox,
  createWorker,
  type Task,
  type Worker,
  type WorkerOptions,
} from "@agentbot/core";
import { createCleanupStack, isFinalStatus, noUsage, systemClock } from "@agentbot/core/adapter";
import { createMemoryQueue, createMemoryStore } from "@agentbot/core/memory";
import { eventually } from "@agentbot/core/testing";
import { createGitHubProvider } from "@agentbot/provider-github";
import { type FakeGitHub, type FakeGitHubOptions, startFakeGitHub } from "@agentbot/provider-github/testing";
import { commentWebhook, octocat, repository, webhookSecret } from "../world/webhook.js";
import { createMemoryBranches, createMemoryWorkspaces, type MemoryBranches } from "./memory-workspaces.js";

/** A person that imitates the bot's comments. */
export const mallory = { id: 6666, login: "mallory" };

const done: AgentOutcome = {
  status: "succeeded",
  reason: null,
  isRetryable: false,
  summary: "Done.",
  sessionId: "session-1",
  model: "scripted",
  turns: 1,
  usage: { ...noUsage, costUsd: 0.01 },
};

/** How a {@link GitHubBot} is set up. */
export interface GitHubBotOptions extends Pick<FakeGitHubOptions, "faultFor" | "listedAfterMs"> {
  readonly issues: number;
  /** The provider's, for its short pauses. @defaultValue the machine's */
  readonly providerClock?: Clock;
  /** Called while the agent works. @defaultValue none */
  readonly whileAgentWorks?: (taskId: string, context: AgentRunContext) => Promise<void>;
}

/** A bot on a fake GitHub, over a store and a queue in memory, by the machine's clock. */
export interface GitHubBot {
  readonly github: FakeGitHub;
  readonly remote: MemoryBranches;
  /** The parts of a worker, for one that is started in another way. */
  readonly parts: Pick<WorkerOptions, "store" | "queue" | "providers" | "agent" | "workspaces" | "sandbox">;
  /** How often the agent ran for each task. */
  readonly agentRuns: ReadonlyMap<string, number>;
  startWorker(overrides?: Partial<WorkerOptions>): Promise<Worker>;
  /** A person asks for work at this issue; returns the task's id. */
  ask(issueNumber: number): Promise<string>;
  /** The task once it is final. */
  ended(taskId: string): Promise<Task>;
  /** Our comments that carry the task's marker, a stranger's copies left out. */
  commentsOf(taskId: string): string[];
  close(): Promise<void>;
}

/** Starts a {@link GitHubBot}. */
export async function startGitHubBot(options: GitHubBotOptions): Promise<GitHubBot> {
  const { issues, faultFor, listedAfterMs, providerClock = systemClock, whileAgentWorks } = options;
  const cleanup = createCleanupStack();
  const remote = createMemoryBranches();
  const findBranch = async (branch: string) => (branch === "main" ? "1" : (remote.branches.get(branch) ?? null));
  const github = await startFakeGitHub({
    app: { id: 12_345, slug: "agentbot" },
    users: [octocat, mallory],
    installations: [{ id: 1 }],
    repositories: [
      {
        ...{ ...repository, findBranch, collaborators: { [octocat.login]: "write" } },
        issues: Array.from({ length: issues }, (_, index) => ({ number: index + 1, title: "A typo" })),
      },
    ],
    ...(faultFor && { faultFor }),
    ...(listedAfterMs !== undefined && { listedAfterMs }),
  });
  cleanup.push(() => github.close());
  const { app, url, apiUrl } = github;
  const provider = createGitHubProvider({
    ...{ appId: app.id, privateKey: app.privateKey, webhookSecret, url, apiUrl, clock: providerClock },
  });
  const agentRuns = new Map<string, number>();
  const agent: AgentRunner = {
    name: "scripted",
    credential: "held",
    async run({ taskId }, context) {
      agentRuns.set(taskId, (agentRuns.get(taskId) ?? 0) + 1);
      await whileAgentWorks?.(taskId, context);
      return done;
    },
  };
  const store = createMemoryStore();
  const queue = createMemoryQueue();
  cleanup.push(() => queue.close());
  const parts = {
    store,
    queue,
    providers: [provider],
    agent,
    workspaces: createMemoryWorkspaces(remote),
    sandbox: createNoSandbox(),
  };
  const gateway = createGateway({ store, queue, providers: [provider] });
  cleanup.push(() => gateway.close());

  return {
    ...{ github, remote, parts, agentRuns },
    async startWorker(overrides = {}) {
      const worker = createWorker({
        ...parts,
        ...{ concurrency: 16, leaseMs: 30_000, effectRecheckMs: 300, reconcileIntervalMs: 200, shutdownGraceMs: 0 },
        ...{ retryBackOff: { baseMs: 5, capMs: 50 }, dailyBudgetUsd: 1_000_000, endOrphans: async () => {} },
        ...overrides,
      });
      cleanup.push(() => worker.stop());
      await worker.start();
      return worker;
    },
    async ask(issueNumber) {
      const webhook = commentWebhook({ id: 5_000_000 + issueNumber, issueNumber });
      const response = await gateway.fetch(new Request("http://bot.example/webhooks/github", webhook));
      const { taskId } = (await response.json()) as { taskId: string };
      return taskId;
    },
    ended: (taskId) =>
      eventually(
        `task ${taskId} to end`,
        async () => {
          const task = await store.tasks.find(taskId);
          return task && isFinalStatus(task.status) ? task : null;
        },
        { everyMs: 20 },
      ),
    commentsOf: (taskId) =>
      github.comments
        .filter(({ body, user }) => user.id === github.bot.id && body.includes(`<!-- agentbot:task=${taskId} -->`))
        .map(({ body }) => body),
    close: () => cleanup.run(),
  };
}
