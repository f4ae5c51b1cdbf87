import { join, resolve } from "node:path";
import { createClaudeRunner } from "@agentbot/adapter-claude-cli";
import { environmentFrom } from "@agentbot/core/process";
import { createFileListIndexer, createGitWorkspaceFactory } from "@agentbot/workspace-git";
import type { Environment } from "../environment/environment-schema.js";
import type { ComposeContext } from "./compose-context.js";
import { composeSandbox } from "./compose-sandbox.js";
import { makeDirectory } from "./make-directory.js";
import type { AgentParts } from "./server-parts.js";

/** What runs a task: the agent in its sandbox, and the work trees it changes. */
export async function composeAgent(
  environment: Environment,
  { logger, hostEnvironment }: ComposeContext,
): Promise<AgentParts> {
  const directory = resolve(environment.WORKSPACE_DIR ?? join(environment.DATA_DIR, "workspaces"));
  if (environment.WORKSPACE_DIR === undefined) await makeDirectory("DATA_DIR", resolve(environment.DATA_DIR));
  await makeDirectory("WORKSPACE_DIR", directory);
  const agent = createClaudeRunner({
    program: environment.CLAUDE_BIN,
    environment: environmentFrom(hostEnvironment, ["PATH"], { LANG: "C.UTF-8" }),
    logger,
    ...(environment.ANTHROPIC_API_KEY === undefined ? {} : { apiKey: environment.ANTHROPIC_API_KEY }),
    ...(environment.ANTHROPIC_BASE_URL === undefined ? {} : { baseUrl: environment.ANTHROPIC_BASE_URL }),
  });
  const workspaces = createGitWorkspaceFactory({
    directory,
    allowHttp: environment.GITHUB_URL.startsWith("http:"),
    hostEnvironment,
    logger,
  });
  return {
    ...{ agent, workspaces },
    indexer: createFileListIndexer({ hostEnvironment }),
    sandbox: composeSandbox(environment),
  };
}
