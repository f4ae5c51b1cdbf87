import { createHash } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { rootCertificates } from "node:tls";
import { createClaudeRunner } from "@agentbot/adapter-claude-cli";
import { createNoSandbox, type Sandbox } from "@agentbot/core";
import { environmentFrom } from "@agentbot/core/process";
import { createFileListIndexer, createGitWorkspaceFactory } from "@agentbot/workspace-git";
import type { Environment } from "../environment/environment-schema.js";
import type { ComposeContext } from "./compose-context.js";
import type { Outgoing } from "./compose-outgoing.js";
import { makeDirectory } from "./make-directory.js";
import type { AgentAdapters } from "./server-adapters.js";

/** Composes the adapters that run a task: the agent, its sandbox, and the work trees it changes. */
export async function composeAgent(
  environment: Environment,
  outgoing: Outgoing,
  { logger, hostEnvironment }: ComposeContext,
): Promise<AgentAdapters> {
  const directory = resolve(environment.WORKSPACE_DIR ?? join(environment.DATA_DIR, "workspaces"));
  if (environment.WORKSPACE_DIR === undefined) await makeDirectory("DATA_DIR", resolve(environment.DATA_DIR), logger);
  await makeDirectory("WORKSPACE_DIR", directory, logger);
  const { NODE_EXTRA_CA_CERTS } = environment;
  const variables = { ...outgoing.variables, NODE_EXTRA_CA_CERTS };
  const agent = createClaudeRunner({
    program: environment.CLAUDE_BIN,
    environment: environmentFrom({ ...hostEnvironment, ...variables }, ["PATH", ...Object.keys(variables)], {
      LANG: "C.UTF-8",
    }),
    logger,
    ...(outgoing.fetch ? { fetch: outgoing.fetch } : {}),
    ...(environment.ANTHROPIC_API_KEY === undefined ? {} : { apiKey: environment.ANTHROPIC_API_KEY }),
    ...(environment.ANTHROPIC_BASE_URL === undefined ? {} : { baseUrl: environment.ANTHROPIC_BASE_URL }),
  });
  const workspaces = createGitWorkspaceFactory({
    directory,
    commandTimeoutMs: environment.GIT_TIMEOUT_SECONDS * 1000,
    allowHttp: environment.GITHUB_URL.startsWith("http:"),
    hostEnvironment: {
      ...(await certificatesOfGit(environment, directory)),
      ...hostEnvironment,
      ...outgoing.variables,
    },
    logger,
    ...(outgoing.fetch ? { fetch: outgoing.fetch } : {}),
  });
  return {
    ...{ agent, workspaces },
    indexer: createFileListIndexer({ hostEnvironment }),
    sandbox: composeSandbox(environment),
  };
}

/**
 * The certificates that git trusts where the process trusts more than Node's own: the same ones. git takes one file, beside
 * the clones.
 */
async function certificatesOfGit(
  { NODE_EXTRA_CA_CERTS: extra }: Environment,
  directory: string,
): Promise<Readonly<Record<string, string>>> {
  if (extra === undefined) return {};
  const bundle = [...rootCertificates, await readFile(extra, "utf8")].join("\n");
  const file = join(directory, `certificates-${createHash("sha256").update(bundle).digest("hex").slice(0, 16)}.pem`);
  // Renamed: another worker may share the directory.
  await writeFile(`${file}.${process.pid}`, bundle);
  await rename(`${file}.${process.pid}`, file);
  return { GIT_SSL_CAINFO: file, GIT_PROXY_SSL_CAINFO: file };
}

/**
 * The sandbox of the agent. Only an explicit `none` runs without one; any other value fails closed: the worker claims no task
 * and `/readyz` shows the reason.
 */
export function composeSandbox({ AGENT_SANDBOX }: Environment): Sandbox {
  if (AGENT_SANDBOX === "none") return createNoSandbox();
  return {
    name: "bwrap",
    check: async () => ({
      status: "unavailable",
      reason: "this release has no sandbox; set AGENT_SANDBOX=none to run the agent without one",
    }),
    open: async () => {
      throw new Error("A sandbox that cannot start was opened");
    },
  };
}
