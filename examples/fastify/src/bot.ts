import { createClaudeRunner } from "@agentbot/adapter-claude-cli";
import { createBot, createNoSandbox } from "@agentbot/core";
import { createMemoryQueue, createMemoryStore } from "@agentbot/core/memory";
import { createConsoleLogger, toNodeHandler } from "@agentbot/core/node";
import { createGitHubProvider } from "@agentbot/provider-github";
import { createGitWorkspaceFactory } from "@agentbot/workspace-git";
import fastify from "fastify";

const { PATH = "", PORT = "8080", ANTHROPIC_API_KEY: apiKey = "", GITHUB_APP_ID: appId = "" } = process.env;
const { GITHUB_PRIVATE_KEY: privateKey = "", GITHUB_WEBHOOK_SECRET: webhookSecret = "" } = process.env;
const { GITHUB_URL: url = "https://github.com", GITHUB_API_URL: apiUrl = "https://api.github.com" } = process.env;
const secrets = [apiKey, privateKey, webhookSecret];
const logger = createConsoleLogger({ secrets });
const bot = createBot({
  store: createMemoryStore(),
  queue: createMemoryQueue(),
  providers: [createGitHubProvider({ appId, privateKey, webhookSecret, url, apiUrl, logger })],
  agent: createClaudeRunner({ program: "claude", environment: { PATH }, apiKey, logger }),
  sandbox: createNoSandbox(), // the agent runs with your rights: give it a machine of its own
  workspaces: createGitWorkspaceFactory({
    directory: ".agentbot/workspaces",
    allowHttp: url.startsWith("http:"),
    logger,
  }),
  ...{ logger, secrets },
});
await bot.start();

const app = fastify({ keepAliveTimeout: 75_000 }); // longer than a proxy keeps its connections
const handler = toNodeHandler(bot.gateway, { logger });
// Your own routes and parsers stay outside this scope: webhooks are signed over their raw bytes.
app.register(async (scope) => {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("*", (_request, _payload, done) => done(null));
  scope.all("/*", ({ raw }, reply) => handler(raw, reply.hijack().raw));
});
await app.listen({ port: Number(PORT), host: "0.0.0.0" });
process.once("SIGTERM", () => void Promise.all([app.close(), bot.stop()]));
