import type { Clock, Logger } from "@agentbot/core";
import { Octokit } from "@octokit/core";
import { throttling } from "@octokit/plugin-throttling";
import type { Fetch } from "./measured-fetch.js";

const ThrottledOctokit = Octokit.plugin(throttling);

/** Options of {@link createGitHubOctokit}. */
export interface GitHubOctokitOptions {
  readonly apiUrl: string;
  readonly fetch: Fetch;
  readonly logger: Logger;
  /** Requests of one key are spaced as GitHub's guidelines ask: one key for each installation. */
  readonly throttleKey: string;
}

/**
 * An Octokit for one call. It never waits for the end of a rate limit. Requests are spaced for the real GitHub only: an
 * `http:` address is a server of the local network.
 */
export function createGitHubOctokit({ apiUrl, fetch, logger, throttleKey }: GitHubOctokitOptions): Octokit {
  const log = {
    debug: (message: string) => logger.debug({}, message),
    info: (message: string) => logger.debug({}, message),
    warn: (message: string) => logger.warn({}, message),
    error: (message: string) => logger.debug({}, message),
  };
  return new ThrottledOctokit({
    baseUrl: apiUrl,
    userAgent: "agentbot",
    log,
    request: { fetch, log },
    throttle: {
      enabled: apiUrl.startsWith("https:"),
      id: throttleKey,
      onRateLimit: () => false,
      onSecondaryRateLimit: () => false,
    },
  });
}

/** A smaller step is an adjustment that costs no noticeable wait, in milliseconds. */
const toleratedRollbackMs = 1000;

/**
 * Returns a function that counts how often the machine's date was set back, as observed by its calls. Octokit's spacing
 * waits by the date, and would wait longer by each rollback, which therefore needs a new throttle key.
 */
export function countClockRollbacks(clock: Clock): () => number {
  const aheadMs = (): number => clock.now().getTime() - clock.monotonicMs();
  let lastMs = aheadMs();
  let count = 0;
  return () => {
    const nowMs = aheadMs();
    if (nowMs < lastMs - toleratedRollbackMs) count += 1;
    lastMs = nowMs;
    return count;
  };
}
