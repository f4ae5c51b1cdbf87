import type { Clock, Logger, Metrics } from "@agentbot/core";
import { readText } from "@agentbot/core/adapter";
import { Octokit } from "@octokit/core";
import { throttling } from "@octokit/plugin-throttling";

const ThrottledOctokit = Octokit.plugin(throttling);

/** The platform's `fetch`, or one with the same behaviour. */
export type Fetch = typeof globalThis.fetch;

/** Options of {@link createGitHubOctokit}. */
export interface GitHubOctokitOptions {
  readonly apiUrl: string;
  readonly fetch: Fetch;
  /** The metric's label: one of few fixed words. */
  readonly operation: string;
  /** True if the request may be sent again after an answer was lost. */
  readonly isRepeatable: boolean;
  /** True if redirects of the same address are followed. */
  readonly mayRedirect: boolean;
  /** The repository that the call is about, or null: only redirects to its own id are followed. */
  readonly repositoryId: string | null;
  /** Maximum duration of each try, in milliseconds. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics | undefined;
  /** Requests of one key are spaced as GitHub's guidelines ask: one key for each installation. */
  readonly throttleKey: string;
}

/**
 * An Octokit for one call. It never waits for the end of a rate limit. Requests are spaced for the real GitHub only: an
 * `http:` address is a server of the local network.
 */
export function createGitHubOctokit(options: GitHubOctokitOptions): Octokit {
  const { apiUrl, isRepeatable, clock, logger, throttleKey } = options;
  const redirected = followRedirects(measuredFetch(options), options);
  const fetch = isRepeatable ? retryBriefly(redirected, clock) : redirected;
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

/** Rejects as soon as the signal aborts: a request that waits for its turn cannot be aborted itself. */
export function untilAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

/** Maximum size of an answer, in bytes: a hundred comments of the longest kind, with every character escaped. */
const maxAnswerBytes = 40 * 1024 * 1024;

/**
 * A `fetch` that counts each try, records the rate limit that is left, and has a timeout of its own. It reads the whole
 * answer: Octokit takes one that breaks off for an empty one, and has no limit.
 */
function measuredFetch({ fetch, operation, timeoutMs, metrics }: GitHubOctokitOptions): Fetch {
  const count = (statusClass: string): void =>
    metrics?.increment("agentbot_provider_requests_total", {
      provider: "github",
      operation,
      status_class: statusClass,
    });
  return async (input, init) => {
    // A request that was aborted while it waited for its turn is not sent.
    init?.signal?.throwIfAborted();
    const timeout = AbortSignal.timeout(timeoutMs);
    const signal = init?.signal ? AbortSignal.any([init.signal, timeout]) : timeout;
    try {
      const answer = await fetch(input, { ...init, signal });
      const response = answer.body ? new Response(await readText(answer, maxAnswerBytes), answer) : answer;
      count(`${Math.floor(response.status / 100)}xx`);
      const remaining = response.headers.get("x-ratelimit-remaining");
      if (remaining !== null && /^\d{1,9}$/.test(remaining)) {
        metrics?.set("agentbot_provider_ratelimit_remaining", Number(remaining), { provider: "github" });
      }
      return response;
    } catch (error) {
      count("error");
      throw error;
    }
  };
}

/** Statuses of a redirect that keeps method and body. */
export const redirectStatuses: readonly number[] = [301, 302, 307, 308];
/** Maximum number of redirects of one request. */
const maxRedirects = 3;

/**
 * A `fetch` that follows redirects with method, body and headers. The credential stays with the API's own address and, if the
 * call is about a repository, with that repository: an issue that was transferred redirects to another one.
 */
function followRedirects(fetch: Fetch, { apiUrl, repositoryId, mayRedirect }: GitHubOctokitOptions): Fetch {
  const { origin, pathname } = new URL(apiUrl);
  const repositoryPath = `${pathname.replace(/\/$/, "")}/repositories/${repositoryId}`;
  const isTrusted = (target: URL): boolean =>
    mayRedirect &&
    target.origin === origin &&
    (repositoryId === null || target.pathname === repositoryPath || target.pathname.startsWith(`${repositoryPath}/`));
  return async (input, init) => {
    let url = String(input);
    for (let redirects = 0; ; redirects += 1) {
      const response = await fetch(url, { ...init, redirect: "manual" });
      const location = redirectStatuses.includes(response.status) ? response.headers.get("location") : null;
      const target = location !== null && URL.canParse(location, url) ? new URL(location, url) : null;
      if (target === null || !isTrusted(target) || redirects === maxRedirects) return response;
      await response.body?.cancel();
      url = target.href;
    }
  };
}

/** Pauses before a second and a third try, in milliseconds: few and short, since the worker's own retries follow. */
const pausesMs = [200, 800];

/**
 * A `fetch` that tries again if GitHub cannot be reached or answers that it is unavailable. For requests that may be
 * repeated. The pauses are measured by the monotonic clock: a date that is set back would make them last for hours.
 */
function retryBriefly(fetch: Fetch, clock: Clock): Fetch {
  return async (input, init) => {
    const signal = init?.signal ?? undefined;
    for (const pauseMs of pausesMs) {
      const response = await fetch(input, init).catch((error: unknown) => {
        signal?.throwIfAborted();
        return error instanceof Error ? null : Promise.reject(error);
      });
      if (response && response.status < 500 && response.status !== 408) return response;
      await response?.body?.cancel();
      await clock.sleep(pauseMs, signal);
      signal?.throwIfAborted();
    }
    return await fetch(input, init);
  };
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
