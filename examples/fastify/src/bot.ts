import { createClaudeRunner } from "@agentbot/adapter-claude-cli";
import { createBot, createNoSandbox } from "@agentbot/core";
import { createMemoryQueue, createMemoryStore } from "@agentbot/core/memory";
import { toNodeHandler } from "@agentbot/core/node";
import { createGitHubProvider } from "@agentbot/provider-github";
import { createGitWorkspaceFactory } from "@agentbot/workspace-git";
import fastify from "fastify";

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

const app = fastify();
const handler = toNodeHandler(bot.gateway);
// Your own routes and parsers stay outside this scope: webhooks are signed over their raw bytes.
app.register(async (scope) => {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("*", (_request, _payload, done) => done(null));
  scope.all("/*", ({ raw }, reply) => handler(raw, reply.hijack().raw));
});
await app.listen({ port: Number(env["PORT"] ?? 8080), host: "0.0.0.0" });
process.once("SIGTERM", () => void Promise.all([app.close(), bot.stop()]));
