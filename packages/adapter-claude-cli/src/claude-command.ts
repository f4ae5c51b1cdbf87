import type { AgentJob } from "@agentbot/core";
import type { ClaudeHome } from "./claude-home.js";
import type { ClaudeRunnerSettings } from "./claude-runner-options.js";

/**
 * Merges a job into the runner's settings. The job's model, allowed tools and endpoint replace the runner's; a job with
 * an endpoint gets neither key nor address of the runner. The job's MCP servers are added, and win over one of the same
 * name.
 */
export function settingsOf(runner: ClaudeRunnerSettings, job: AgentJob): ClaudeRunnerSettings {
  const mcpServers = { ...runner.mcpServers };
  for (const { name, program, arguments: words, environment } of job.mcpServers) {
    mcpServers[name] = { command: program, args: [...words], env: { ...environment } };
  }
  return {
    ...runner,
    model: job.model ?? runner.model,
    allowedTools: job.allowedTools ?? runner.allowedTools,
    mcpServers,
    ...(job.endpoint && { apiKey: job.endpoint.apiKey ?? undefined, baseUrl: job.endpoint.baseUrl }),
  };
}

/** Variables that hold a credential of the CLI, or choose a cloud that does. */
const credentialVariables = [
  ...["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN"],
  ...["CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_USE_VERTEX", "CLAUDE_CODE_USE_FOUNDRY"],
];

/** Returns whether a run has a credential. The CLI's own login is not one: each run has a home of its own. */
export function hasCredential({ apiKey, environment }: ClaudeRunnerSettings): boolean {
  return apiKey !== undefined || credentialVariables.some((name) => (environment[name] ?? "") !== "");
}

/**
 * Returns the arguments of a headless run. Settings and MCP servers of the repository are excluded: measured, a plain
 * `claude -p` runs its hooks and follows its base URL. Every value is joined to its flag with `=`, since some flags
 * swallow all words that follow.
 */
export function argumentsOf(
  settings: ClaudeRunnerSettings,
  { sessionId, budgetUsd }: Pick<AgentJob, "sessionId" | "budgetUsd">,
  { mcpConfigFile }: Pick<ClaudeHome, "mcpConfigFile">,
): readonly string[] {
  const { model, maxTurns } = settings;
  return [
    ...settings.programArguments,
    "-p",
    "--output-format=stream-json",
    "--verbose",
    "--setting-sources=user",
    "--strict-mcp-config",
    `--permission-mode=${settings.permissionMode}`,
    // A file: the arguments of a process are readable by every user of the machine, and servers have keys.
    ...(mcpConfigFile === null ? [] : [`--mcp-config=${mcpConfigFile}`]),
    ...(model === undefined ? [] : [`--model=${model}`]),
    ...(maxTurns === undefined ? [] : [`--max-turns=${maxTurns}`]),
    ...(budgetUsd === null ? [] : [`--max-budget-usd=${budgetUsd}`]),
    ...(sessionId === null ? [] : [`--resume=${sessionId}`]),
    ...settings.allowedTools.map((rule) => `--allowedTools=${rule}`),
  ];
}

/**
 * Returns the environment of a run: the operator's base, a home of its own, the credential, and no traffic to third
 * parties.
 *
 * Without attachments a prompt stays what it is. With them, measured in 2.0.76, 2.1.112 and 2.1.330, the CLI reads every
 * `@/some/path` in the prompt, also in a stranger's quoted text, and sends it along before the first answer. MCP tools
 * must then be listed from the start, since the list to search them by is an attachment.
 */
export function environmentOf(settings: ClaudeRunnerSettings, home: ClaudeHome): Record<string, string> {
  const { apiKey, baseUrl, mcpServers } = settings;
  return {
    ...settings.environment,
    HOME: home.directory,
    TMPDIR: home.temporaryDirectory,
    CLAUDE_CONFIG_DIR: home.configDirectory,
    CLAUDE_CODE_DISABLE_ATTACHMENTS: "1",
    // Every later run of the thread would follow notes that one run has made.
    CLAUDE_CODE_DISABLE_AUTO_MEMORY: "1",
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    CLAUDE_CODE_MAX_RETRIES: String(settings.maxApiRetries),
    DISABLE_AUTOUPDATER: "1",
    DISABLE_ERROR_REPORTING: "1",
    DISABLE_TELEMETRY: "1",
    ...(Object.keys(mcpServers).length > 0 ? { ENABLE_TOOL_SEARCH: "false" } : {}),
    ...(apiKey === undefined ? {} : { ANTHROPIC_API_KEY: apiKey }),
    ...(baseUrl === undefined ? {} : { ANTHROPIC_BASE_URL: baseUrl }),
  };
}

/** Returns the prompt as it is written to standard input: never empty, and never taken for a slash command. */
export function standardInputOf({ prompt }: Pick<AgentJob, "prompt">): string {
  return `This is your task.\n\n${prompt}\n`;
}
