import type { ClaudeHome } from "./claude-home.js";
import type { ClaudeRunnerSettings } from "./claude-runner-options.js";

/** The whole environment of a run: the user's base, a home of its own, the credential, and no chatter with third parties. */
export function claudeEnvironment(settings: ClaudeRunnerSettings, home: ClaudeHome): Record<string, string> {
  const { apiKey, baseUrl } = settings;
  return {
    ...settings.environment,
    HOME: home.directory,
    TMPDIR: home.temporaryDirectory,
    CLAUDE_CONFIG_DIR: home.configDirectory,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    CLAUDE_CODE_MAX_RETRIES: String(settings.maxApiRetries),
    DISABLE_AUTOUPDATER: "1",
    DISABLE_ERROR_REPORTING: "1",
    DISABLE_TELEMETRY: "1",
    ...(apiKey === undefined ? {} : { ANTHROPIC_API_KEY: apiKey }),
    ...(baseUrl === undefined ? {} : { ANTHROPIC_BASE_URL: baseUrl }),
  };
}
