import { createClaudeRunner } from "@agentbot/adapter-claude-cli";
import { createBot, createNoSandbox } from "@agentbot/core";
import { createMemoryQueue, createMemoryStore } from "@agentbot/core/memory";
import { createGitHubProvider } from "@agentbot/provider-github";
import { createGitWorkspaceFactory } from "@agentbot/workspace-git";
import { type HttpBindings, serve } from "@hono/node-server";
import { Hono } from "hono";

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

const app = new Hono<{ Bindings: HttpBindings }>();
// Your own routes go above it.
app.all("*", ({ req, env: { incoming } }) =>
  bot.gateway.fetch(req.raw, { remoteAddress: incoming.socket.remoteAddress ?? null }),
);
const server = serve({ fetch: app.fetch, port: Number(env["PORT"] ?? 8080) });
process.once("SIGTERM", () => {
  server.close();
  void bot.stop();
});
