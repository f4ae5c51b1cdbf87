/** The agentbot agent runner over the Claude Code CLI. */

export type { ClaudeRunnerOptions } from "./claude-runner-options.js";
export { createClaudeRunner } from "./create-claude-runner.js";
