import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type AccessPolicy,
  createGateway,
  createNoSandbox,
  createPermissionPolicy,
  createRepositoryResolver,
  createWorker,
  type RawWebhook,
  type Task,
  type TaskSummary,
} from "@agentbot/core";
import { createCleanupStack, isFinalStatus } from "@agentbot/core/adapter";
import { createMemoryPubSub, createMemoryQueue, createMemoryStore } from "@agentbot/core/memory";
import { createScriptedRunner, eventually, type Script } from "@agentbot/core/testing";
import { createGitHubProvider } from "@agentbot/provider-github";
import { startFakeGitHub, webhookRequest } from "@agentbot/provider-github/testing";
import { createGitWorkspaceFactory } from "@agentbot/workspace-git";
import { createBareRepository, createGitHttpHandler } from "@agentbot/workspace-git/testing";
import { createToyChatProvider } from "./create-toy-chat-provider.js";
import { createToyChatServer } from "./toy-chat-server.js";
import { ada, createToyWebhooks } from "./toy-webhooks.js";

const signingSecret = "a secret of the toy chat only";
const webhookSecret = "a secret of the fake GitHub only";
const hello = { id: 1_296_269, owner: "octo-org", name: "hello", path: "octo-org/hello" };
const other = { id: 4242, owner: "octo-org", name: "other", path: "octo-org/other" };
const octocat = { id: 583_231, login: "octocat", type: "User" } as const;
const installation = { id: 4711 };

/** A bot in two places: people talk to it in the toy chat, and its work is on a GitHub with a real git server. */
export async function startToyBot(script: Script) {
  const cleanup = createCleanupStack();
  const directory = await mkdtemp(join(tmpdir(), "agentbot-toy-"));
  cleanup.push(() => rm(directory, { recursive: true, force: true }));
  const root = join(directory, "git");
  await createBareRepository({ root, path: `${hello.path}.git`, files: { "README.md": "Mend teh typo.\n" } });
  const serveGit = createGitHttpHandler({ root, authorize: () => true });
  const github = await startFakeGitHub({
    app: { id: 12_345, slug: "agentbot" },
    users: [octocat],
    installations: [installation],
    repositories: [hello, other].map((repository) => ({ ...repository, collaborators: { octocat: "write" } as const })),
    gitHandler: async (request, response) => void (await serveGit(request, response)),
  });
  cleanup.push(() => github.close());

  const { url, apiUrl, app } = github;
  const codeProvider = createGitHubProvider({
    ...{ appId: app.id, privateKey: app.privateKey, webhookSecret, url, apiUrl },
  });
  const server = createToyChatServer();
  const chatProvider = createToyChatProvider({ server, signingSecret });
  const shared = {
    ...{ store: createMemoryStore(), queue: createMemoryQueue(), pubSub: createMemoryPubSub() },
    providers: [chatProvider, codeProvider],
  };
  const agent = createScriptedRunner({ script });
  const gateway = createGateway(shared);
  const worker = createWorker({
    ...{ ...shared, agent, sandbox: createNoSandbox(), concurrency: 1, effectRecheckMs: 10 },
    workspaces: createGitWorkspaceFactory({ directory: join(directory, "workspaces"), allowHttp: true }),
    access: mapPeople(
      createPermissionPolicy({ codeHosts: new Map(codeProvider.codeHost ? [["github", codeProvider.codeHost]] : []) }),
    ),
    resolver: createRepositoryResolver({
      repositories: [hello, other].map(({ id, path }) => ({
        ...{ provider: "github", tenant: String(installation.id), id: String(id), path, defaultBranch: "main" },
        origins: [{ provider: "toychat", tenant: "T1" }],
      })),
    }),
  });
  await worker.start();
  cleanup.push(() => worker.stop());
  cleanup.push(() => gateway.close());

  const send = (path: string, request: Pick<RawWebhook, "method" | "headers" | "body">): Promise<Response> =>
    gateway.fetch(new Request(`http://bot.example/webhooks/${path}`, { ...request, body: Buffer.from(request.body) }));
  const tasks = async (): Promise<readonly TaskSummary[]> => (await shared.store.tasks.search({ limit: 100 })).items;

  return {
    ...{ github, server, agent, store: shared.store },
    webhooks: createToyWebhooks({ signingSecret }),
    /** Sends a webhook of the chat; returns what the person sees as the answer. */
    async press(webhook: RawWebhook): Promise<string> {
      const response = await send("toychat", webhook);
      return `${response.status} ${response.headers.get("content-type")} ${await response.text()}`;
    },
    /** A person writes a message in the thread; returns the task it starts. */
    async say(text: string): Promise<TaskSummary> {
      const { id } = server.say("general", "1", text);
      const known = new Set((await tasks()).map((task) => task.id));
      await send("toychat", createToyWebhooks({ signingSecret }).message({ id, text }));
      return await eventually(
        "the task of a message",
        async () => (await tasks()).find((task) => !known.has(task.id)) ?? null,
      );
    },
    /** A person comments on a pull request at GitHub; returns the task it starts. */
    async commentOnPullRequest(number: number, body: string): Promise<Task | null> {
      const at = new Date().toISOString();
      const comment = github.addComment({ repository: hello.path, issueNumber: number, body, user: octocat });
      const payload = {
        action: "created",
        issue: {
          number,
          title: "The pull request",
          body: "",
          user: github.bot,
          created_at: at,
          updated_at: at,
          pull_request: {},
        },
        comment: { id: comment.id, body, user: octocat, created_at: at, updated_at: at },
        repository: { id: hello.id, name: hello.name, owner: { login: hello.owner }, default_branch: "main" },
        sender: octocat,
        installation,
      };
      const { headers, ...webhook } = webhookRequest({ event: "issue_comment", payload, secret: webhookSecret });
      const response = await send("github", { ...webhook, headers: new Headers(headers) });
      const { taskId } = (await response.json()) as { taskId: string };
      return await shared.store.tasks.find(taskId);
    },
    ended: (id: string): Promise<Task> =>
      eventually(`task ${id} to end`, async () => {
        const task = await shared.store.tasks.find(id);
        return task && isFinalStatus(task.status) ? task : null;
      }),
    /** The bot's message about a task, as people in the chat see it. */
    messageOf: (taskId: string) => server.messages.find(({ metadata }) => metadata === taskId) ?? null,
    close: () => cleanup.run(),
  };
}

/** The operator's list of people: a user of the chat has the rights of a GitHub account. */
function mapPeople(policy: AccessPolicy): AccessPolicy {
  const accounts = new Map([[ada.id, { provider: "github", id: String(octocat.id), login: octocat.login }]]);
  return {
    async decide({ task, repository }, options) {
      const mapped = task.actor.provider === "toychat" ? accounts.get(task.actor.id) : task.actor;
      return await policy.decide({ task: { ...task, actor: mapped ?? task.actor }, repository }, options);
    },
  };
}
