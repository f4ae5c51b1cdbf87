import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type Environment, parseEnvironment } from "@agentbot/example-server";
import type { FakeGitHub } from "@agentbot/provider-github/testing";

/** The secret that signs the demo's webhooks. */
export const demoWebhookSecret = "a secret of this demo only";

/** The program that is the agent. */
export interface DemoAgent {
  readonly program: string;
  readonly apiKey: string | null;
  /** Address of the agent's API. @defaultValue the agent's own */
  readonly baseUrl?: string | undefined;
}

/** Options of {@link chooseAgent}. */
export interface AgentChoice {
  readonly scriptedAgent: string;
  readonly searchPath: string;
  /** `ANTHROPIC_API_KEY` */
  readonly apiKey: string | undefined;
  /** `ANTHROPIC_BASE_URL` */
  readonly baseUrl: string | undefined;
}

/** Returns the real `claude` if it and a key exist, else the scripted agent. */
export function chooseAgent({ scriptedAgent, searchPath, apiKey, baseUrl }: AgentChoice): DemoAgent {
  const claude = searchPath
    .split(delimiter)
    .map((directory) => join(directory, "claude"))
    .find((path) => existsSync(path));
  return claude && apiKey ? { program: claude, apiKey, baseUrl } : { program: scriptedAgent, apiKey: null };
}

/** The server's variables as the demo sets them: embedded, against the local GitHub, without a sandbox. */
export function demoVariables(github: FakeGitHub, agent: DemoAgent): Record<string, string> {
  return {
    PORT: "0",
    HOST: "127.0.0.1",
    LOG_LEVEL: "silent",
    AGENT_SANDBOX: "none",
    CLAUDE_BIN: agent.program,
    ...(agent.apiKey === null ? {} : { ANTHROPIC_API_KEY: agent.apiKey }),
    ...(agent.baseUrl === undefined ? {} : { ANTHROPIC_BASE_URL: agent.baseUrl }),
    GITHUB_APP_ID: String(github.app.id),
    GITHUB_PRIVATE_KEY: github.app.privateKey,
    GITHUB_WEBHOOK_SECRET: demoWebhookSecret,
    GITHUB_URL: github.url,
    GITHUB_API_URL: github.apiUrl,
  };
}

/** {@link demoVariables} over this data directory, parsed as the server parses its own. */
export function demoEnvironment(github: FakeGitHub, agent: DemoAgent, dataDirectory: string): Environment {
  const parsed = parseEnvironment({ ...demoVariables(github, agent), DATA_DIR: dataDirectory });
  if (parsed.status === "valid") return parsed.environment;
  throw new Error(`The demo's environment is invalid: ${parsed.problems.join("; ")}`);
}
