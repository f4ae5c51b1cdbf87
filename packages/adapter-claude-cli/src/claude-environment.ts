import type { ClaudeHome } from "./claude-home.js";
import type { ClaudeRunnerSettings } from "./claude-runner-options.js";

/**
 * The whole environment of a run: the user's base, a home of its own, the credential, and no chatter with third parties.
 *
 * Without attachments a prompt stays what it is. With them, measured in 2.0.76, 2.1.112 and 2.1.330, every `@/some/path`
 * in it is read and sent along before the model has said a word, in a stranger's quoted text too. MCP tools must then be
 * listed from the start, since the list to search them by is an attachment.
 */
export function claudeEnvironment(settings: ClaudeRunnerSettings, home: ClaudeHome): Record<string, string> {
  const { apiKey, baseUrl, mcpServers } = settings;
  return {
    ...settings.environment,
    HOME: home.directory,
    TMPDIR: home.temporaryDirectory,
    CLAUDE_CONFIG_DIR: home.configDirectory,
    CLAUDE_CODE_DISABLE_ATTACHMENTS: "1",
    // Notes of one run that every later one of the thread would obey.
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
