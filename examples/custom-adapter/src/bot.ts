import { createClaudeRunner } from "@agentbot/adapter-claude-cli";
import { createBot, createNoSandbox } from "@agentbot/core";
import { createMemoryQueue, createMemoryStore } from "@agentbot/core/memory";
import { createConsoleLogger, createNodeServer } from "@agentbot/core/node";
import { createGitWorkspaceFactory } from "@agentbot/workspace-git";
import { createForgejoProvider } from "./create-forgejo-provider.js";

const { PATH = "", PORT = "8080", ANTHROPIC_API_KEY: apiKey = "" } = process.env;
const { FORGEJO_URL: url = "https://codeberg.org", FORGEJO_BOT: name = "agentbot" } = process.env;
const { FORGEJO_TOKEN: token = "", FORGEJO_WEBHOOK_SECRET: webhookSecret = "" } = process.env;
const secrets = [apiKey, token, webhookSecret];
const logger = createConsoleLogger({ secrets });
const bot = createBot({
  store: createMemoryStore(),
  queue: createMemoryQueue(),
  providers: [createForgejoProvider({ url, name, token, webhookSecret })],
  agent: createClaudeRunner({ program: "claude", environment: { PATH }, apiKey, logger }),
  sandbox: createNoSandbox(), // the agent runs with your rights: give it a machine of its own
  workspaces: createGitWorkspaceFactory({
    directory: ".agentbot/workspaces",
    allowHttp: url.startsWith("http:"),
    logger,
  }),
  botName: name,
  logger,
  secrets,
});
await bot.start();
const server = createNodeServer(bot.gateway, { logger }).listen(Number(PORT), () => logger.info({ PORT }, "Ready"));
process.once("SIGTERM", () => server.close());
process.once("SIGTERM", () => void bot.stop());
