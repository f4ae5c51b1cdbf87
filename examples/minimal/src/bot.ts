import { createClaudeRunner } from "@agentbot/adapter-claude-cli";
import { createBot, createNoSandbox } from "@agentbot/core";
import { createMemoryQueue, createMemoryStore } from "@agentbot/core/memory";
import { createConsoleLogger, createNodeServer } from "@agentbot/core/node";
import { createGitHubProvider } from "@agentbot/provider-github";
import { createGitWorkspaceFactory } from "@agentbot/workspace-git";

const { PATH = "", PORT = "8080", ANTHROPIC_API_KEY: apiKey = "", GITHUB_APP_ID: appId = "" } = process.env;
const { GITHUB_PRIVATE_KEY: privateKey = "", GITHUB_WEBHOOK_SECRET: webhookSecret = "" } = process.env;
const secrets = [apiKey, privateKey, webhookSecret];
const logger = createConsoleLogger({ secrets });
const bot = createBot({
  store: createMemoryStore(),
  queue: createMemoryQueue(),
  providers: [createGitHubProvider({ appId, privateKey, webhookSecret, logger })],
  agent: createClaudeRunner({ program: "claude", environment: { PATH }, apiKey, logger }),
  sandbox: createNoSandbox(), // the agent runs with your rights: give it a machine of its own
  workspaces: createGitWorkspaceFactory({ directory: ".agentbot/workspaces", logger }),
  logger,
  secrets,
});
await bot.start();
const server = createNodeServer(bot.gateway, { logger }).listen(Number(PORT), () => logger.info({ PORT }, "Ready"));
process.once("SIGTERM", () => server.close());
process.once("SIGTERM", () => void bot.stop());
