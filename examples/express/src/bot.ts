import { createClaudeRunner } from "@agentbot/adapter-claude-cli";
import { createBot, createNoSandbox } from "@agentbot/core";
import { createMemoryQueue, createMemoryStore } from "@agentbot/core/memory";
import { toNodeHandler } from "@agentbot/core/node";
import { createGitHubProvider } from "@agentbot/provider-github";
import { createGitWorkspaceFactory } from "@agentbot/workspace-git";
import express from "express";

const { env } = process;

const github = createGitHubProvider({
  appId: Number(env["GITHUB_APP_ID"]),
  privateKey: env["GITHUB_PRIVATE_KEY"] ?? "",
  webhookSecret: env["GITHUB_WEBHOOK_SECRET"] ?? "",
  url: env["GITHUB_URL"] ?? "https://github.com",
  apiUrl: env["GITHUB_API_URL"] ?? "https://api.github.com",
});
const bot = createBot({
  store: createMemoryStore(),
  queue: createMemoryQueue(),
  providers: [github],
  agent: createClaudeRunner({ program: "claude", environment: { PATH: env["PATH"] ?? "" } }),
  sandbox: createNoSandbox(), // the agent runs with your rights: give it a machine of its own
  workspaces: createGitWorkspaceFactory({
    directory: ".agentbot/workspaces",
    allowHttp: env["GITHUB_URL"]?.startsWith("http:") ?? false,
  }),
});
await bot.start();

const app = express();
// Your own routes go above it, with express.json() for them alone: webhooks are signed over their raw bytes.
app.use(toNodeHandler(bot.gateway));
const server = app.listen(Number(env["PORT"] ?? 8080));

process.once("SIGTERM", () => {
  server.close();
  void bot.stop();
});
