import type { Logger } from "@agentbot/core";
import { Octokit } from "@octokit/core";
import { throttling } from "@octokit/plugin-throttling";
import type { Fetch } from "./measured-fetch.js";

const PacedOctokit = Octokit.plugin(throttling);

/** What {@link createGitHubOctokit} needs. */
export interface GitHubOctokitOptions {
  readonly apiUrl: string;
  readonly fetch: Fetch;
  readonly logger: Logger;
  /** Requests of one pace are spaced as GitHub's guidelines ask: one pace for each installation. */
  readonly pace: string;
}

/**
 * An Octokit for one call. Rate limits are never waited for here. Spacing is for the real GitHub: an `http:` server is one
 * on this network.
 */
export function createGitHubOctokit({ apiUrl, fetch, logger, pace }: GitHubOctokitOptions): Octokit {
  const log = {
    debug: (message: string) => logger.debug({}, message),
    info: (message: string) => logger.debug({}, message),
    warn: (message: string) => logger.warn({}, message),
    error: (message: string) => logger.debug({}, message),
  };
  return new PacedOctokit({
    baseUrl: apiUrl,
    userAgent: "agentbot",
    log,
    request: { fetch, log },
    throttle: {
      enabled: apiUrl.startsWith("https:"),
      id: pace,
      onRateLimit: () => false,
      onSecondaryRateLimit: () => false,
    },
  });
}
