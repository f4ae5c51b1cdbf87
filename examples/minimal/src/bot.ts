import { createServer } from "node:http";
import { createClaudeRunner } from "@agentbot/adapter-claude-cli";
import { createBot, createNoSandbox } from "@agentbot/core";
import { createMemoryQueue, createMemoryStore } from "@agentbot/core/memory";
import { toNodeHandler } from "@agentbot/core/node";
import { createGitHubProvider } from "@agentbot/provider-github";
import { createGitWorkspaceFactory } from "@agentbot/workspace-git";

const { env } = process;

const github = createGitHubProvider({
  appId: Number(env["GITHUB_APP_ID"]),
  privateKey: env["GITHUB_PRIVATE_KEY"] ?? "",
  webhookSecret: env["GITHUB_WEBHOOK_SECRET"] ?? "",
});
const bot = createBot({
  store: createMemoryStore(),
  queue: createMemoryQueue(),
  providers: [github],
  agent: createClaudeRunner({ program: "claude", environment: { PATH: env["PATH"] ?? "" } }),
  sandbox: createNoSandbox(), // the agent runs with your rights: give it a machine of its own
  workspaces: createGitWorkspaceFactory({ directory: ".agentbot/workspaces" }),
});
await bot.start();
createServer(toNodeHandler(bot.gateway)).listen(Number(env["PORT"] ?? 8080));
