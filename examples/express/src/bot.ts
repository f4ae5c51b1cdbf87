import { createClaudeRunner } from "@agentbot/adapter-claude-cli";
import { createGateway, createNoSandbox, createWorker } from "@agentbot/core";
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
const parts = { store: createMemoryStore(), queue: createMemoryQueue(), providers: [github] };
const gateway = createGateway(parts);
const agent = createClaudeRunner({
  program: "claude",
  environment: { PATH: env["PATH"] ?? "" },
  sandbox: createNoSandbox(), // the agent runs with your rights: give it a machine of its own
});
const allowHttp = env["GITHUB_URL"]?.startsWith("http:") ?? false;
const workspaces = createGitWorkspaceFactory({ directory: ".agentbot/workspaces", allowHttp });
const worker = createWorker({ ...parts, agent, workspaces });
await worker.start();

const app = express();
// Your own routes go above it, with express.json() for them alone: webhooks are signed over their raw bytes.
app.use(toNodeHandler(gateway));
const server = app.listen(Number(env["PORT"] ?? 8080));

process.once("SIGTERM", () => {
  server.close();
  void worker.stop().then(() => gateway.close());
});
