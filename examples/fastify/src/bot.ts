import { createClaudeRunner } from "@agentbot/adapter-claude-cli";
import { createGateway, createNoSandbox, createWorker } from "@agentbot/core";
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

const app = fastify();
const handler = toNodeHandler(gateway);
// Your own routes and parsers stay outside this scope: webhooks are signed over their raw bytes.
app.register(async (scope) => {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("*", (_request, _payload, done) => done(null));
  scope.all("/*", ({ raw }, reply) => handler(raw, reply.hijack().raw));
});
await app.listen({ port: Number(env["PORT"] ?? 8080), host: "0.0.0.0" });
process.once("SIGTERM", () => void Promise.all([app.close(), worker.stop(), gateway.close()]));
