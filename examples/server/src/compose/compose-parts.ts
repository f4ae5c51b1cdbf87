import { join, resolve } from "node:path";
import { createClaudeRunner } from "@agentbot/adapter-claude-cli";
import { createPostgresStore, openPgliteDatabase } from "@agentbot/adapter-postgres";
import {
  createAesKeyRing,
  createCleanupStack,
  createLifecycleEvents,
  createMetricsRegistry,
  type Logger,
  type WebhookProvider,
} from "@agentbot/core";
import { createFileListIndexer, createMemoryQueue, createMemoryWakeups } from "@agentbot/core/memory";
import { environmentFrom } from "@agentbot/core/process";
import { createGitHubProvider } from "@agentbot/provider-github";
import { createGitWorkspaceFactory } from "@agentbot/workspace-git";
import type { Environment } from "../environment/environment-schema.js";
import { version } from "../version.js";
import { composeSandbox } from "./compose-sandbox.js";
import { loadEncryptionKeys } from "./load-encryption-keys.js";
import { makeDirectory } from "./make-directory.js";
import type { ServerParts } from "./server-parts.js";

/** What the composition takes from the process beside its environment. */
export interface ComposeContext {
  readonly logger: Logger;
  /** The process's variables: `PATH` for git and the agent; proxies and CA certificates for git. Nothing else is used. */
  readonly hostEnvironment: Readonly<Record<string, string | undefined>>;
}

/** Opens the embedded store and makes every adapter that the environment asks for. */
export async function composeParts(environment: Environment, context: ComposeContext): Promise<ServerParts> {
  const { logger, hostEnvironment } = context;
  const dataDirectory = resolve(environment.DATA_DIR);
  const cleanup = createCleanupStack();
  const metrics = createMetricsRegistry({ version, agent: environment.AGENT_CLI });
  await makeDirectory("DATA_DIR", dataDirectory);
  const workspaceDirectory = resolve(environment.WORKSPACE_DIR ?? join(dataDirectory, "workspaces"));
  await makeDirectory("WORKSPACE_DIR", workspaceDirectory);
  const keys = await loadEncryptionKeys(environment.AGENTBOT_ENCRYPTION_KEYS, dataDirectory);
  const sandbox = composeSandbox(environment);

  const agent = createClaudeRunner({
    program: environment.CLAUDE_BIN,
    sandbox,
    environment: environmentFrom(hostEnvironment, ["PATH"], { LANG: "C.UTF-8" }),
    logger,
    ...(environment.ANTHROPIC_API_KEY === undefined ? {} : { apiKey: environment.ANTHROPIC_API_KEY }),
    ...(environment.ANTHROPIC_BASE_URL === undefined ? {} : { baseUrl: environment.ANTHROPIC_BASE_URL }),
  });
  const workspaces = createGitWorkspaceFactory({
    directory: workspaceDirectory,
    allowHttp: environment.GITHUB_URL.startsWith("http:"),
    hostEnvironment,
    logger,
  });
  const providers = composeProviders(environment, { logger, metrics });

  const database = await openPgliteDatabase({ dataDirectory: join(dataDirectory, "database") });
  cleanup.push(() => database.close());
  const store = createPostgresStore({ database, keyRing: createAesKeyRing({ keys }) });
  const queue = createMemoryQueue();
  cleanup.push(() => queue.close());
  const wakeups = createMemoryWakeups();
  cleanup.push(() => wakeups.close());
  const indexer = createFileListIndexer();
  const events = createLifecycleEvents({ logger });
  return { store, queue, providers, agent, workspaces, indexer, sandbox, wakeups, events, metrics, logger, cleanup };
}

function composeProviders(
  environment: Environment,
  shared: Pick<ServerParts, "logger" | "metrics">,
): readonly WebhookProvider[] {
  const { GITHUB_APP_ID: appId, GITHUB_PRIVATE_KEY: privateKey, GITHUB_WEBHOOK_SECRET: webhookSecret } = environment;
  if (appId === undefined || privateKey === undefined || webhookSecret === undefined) return [];
  const github = createGitHubProvider({
    appId,
    privateKey,
    webhookSecret,
    name: environment.AGENTBOT_NAME,
    url: environment.GITHUB_URL,
    apiUrl: environment.GITHUB_API_URL,
    allowedBotIds: environment.GITHUB_ALLOWED_BOT_IDS,
    ...shared,
  });
  return [github];
}
