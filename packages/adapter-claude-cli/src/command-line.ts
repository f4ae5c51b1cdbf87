import type { AgentJob } from "@agentbot/core";
import type { ClaudeRunnerSettings } from "./claude-runner-options.js";

/** What of a job stands on the command line. */
export type CommandLineJob = Pick<AgentJob, "sessionId" | "budgetUsd">;

/**
 * The words that start a headless run. Settings and MCP servers of the repository are excluded: measured, a plain
 * `claude -p` runs its hooks and follows its base URL. Every value is glued to its flag with `=`, since some flags
 * swallow all words that follow.
 */
export function commandLine(settings: ClaudeRunnerSettings, job: CommandLineJob): readonly string[] {
  const { model, maxTurns, mcpServers } = settings;
  return [
    ...settings.programArguments,
    "-p",
    "--output-format=stream-json",
    "--verbose",
    "--setting-sources=user",
    "--strict-mcp-config",
    `--permission-mode=${settings.permissionMode}`,
    ...(Object.keys(mcpServers).length > 0 ? [`--mcp-config=${JSON.stringify({ mcpServers })}`] : []),
    ...(model === undefined ? [] : [`--model=${model}`]),
    ...(maxTurns === undefined ? [] : [`--max-turns=${maxTurns}`]),
    ...(job.budgetUsd === null ? [] : [`--max-budget-usd=${job.budgetUsd}`]),
    ...(job.sessionId === null ? [] : [`--resume=${job.sessionId}`]),
    ...settings.allowedTools.map((rule) => `--allowedTools=${rule}`),
  ];
}

/** The prompt as it goes to standard input: never empty, and never read as a slash command. */
export function standardInput(prompt: string): string {
  return `This is your task.\n\n${prompt}\n`;
}
