import type { Clock, Logger, Metrics } from "@agentbot/core";
import { createAppCredential } from "./app-tokens.js";
import { createRateLimitPauses, mapGitHubError, rateLimitMs, refusedRedirect } from "./github-errors.js";
import { countClockRollbacks, createGitHubOctokit, type Fetch, untilAborted } from "./github-octokit.js";

/** A token for one repository of an installation. */
export interface RepositoryCredential {
  readonly token: string;
  readonly installationId: string;
  readonly repositoryId: string;
}

/** The credential of a call: the App's own, or a token. */
export type GitHubCredential = "app" | RepositoryCredential;

/** One call of the REST API. */
export interface GitHubCall {
  /** The metric's label: one of few fixed words. */
  readonly operation: string;
  /** In words that follow "while", such as `posting a comment`. */
  readonly doing: string;
  readonly subject: string;
  readonly credential: GitHubCredential;
  /** Such as `GET /repos/{owner}/{repo}`. */
  readonly route: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** Calls with one key are spaced and pause together. @defaultValue the installation's, or the App's own */
  readonly throttleKey?: string;
  /** False for a call whose parameters may be wrong at the other address. @defaultValue true */
  readonly mayRedirect?: boolean;
  readonly signal: AbortSignal;
}

/** An answer of GitHub's. */
export interface GitHubAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number | undefined>>;
  readonly data: unknown;
}

/** GitHub's REST API as one App. Every error is an AgentBotError `PROVIDER_…`. */
export interface GitHubApi {
  call(call: GitHubCall): Promise<GitHubAnswer>;
}

/** Options of {@link createGitHubApi}. */
export interface GitHubApiOptions {
  readonly appId: number;
  readonly privateKey: string;
  readonly apiUrl: string;
  readonly fetch: Fetch;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics | undefined;
}

/** The API of one App. */
export function createGitHubApi(options: GitHubApiOptions): GitHubApi {
  const { clock } = options;
  const app = createAppCredential(options);
  const clockRollbacks = countClockRollbacks(clock);
  const pauses = createRateLimitPauses(clock);
  const throttleKeyOf = ({ credential, throttleKey }: GitHubCall): string =>
    `${options.appId}:${throttleKey ?? (credential === "app" ? "app" : credential.installationId)}`;

  const send = async (call: GitHubCall, authorization: string): Promise<GitHubAnswer> => {
    const { credential, route, parameters, signal, operation, mayRedirect = true } = call;
    const octokit = createGitHubOctokit({
      ...options,
      operation,
      // A creation is never repeated blindly: the answer may be lost although it was done.
      isRepeatable: !route.startsWith("POST "),
      mayRedirect,
      repositoryId: credential === "app" ? null : credential.repositoryId,
      throttleKey: `${throttleKeyOf(call)}:${clockRollbacks()}`,
    });
    const { status, headers, data } = await octokit.request(route, {
      ...parameters,
      headers: { ...(parameters?.["headers"] as Record<string, string> | undefined), authorization },
      request: { signal },
    });
    // Octokit takes a redirect for a success.
    if (status >= 300) throw refusedRedirect(status, headers.location, call);
    return { status, headers, data };
  };

  const perform = async (request: GitHubCall): Promise<GitHubAnswer> => {
    const { credential } = request;
    if (credential !== "app") return send(request, `token ${credential.token}`);
    const sendAsApp = async () => send(request, `bearer ${app.sign()}`);
    const { aheadMs } = app;
    // A 401 had no effect, so that even a POST can be sent again.
    return sendAsApp().catch((error: unknown) => {
      if (!app.correctClock(error, aheadMs)) throw error;
      return sendAsApp();
    });
  };

  return {
    async call(request) {
      const { signal } = request;
      signal.throwIfAborted();
      const throttleKey = throttleKeyOf(request);
      pauses.check(throttleKey, request);
      try {
        return await untilAborted(perform(request), signal);
      } catch (error) {
        const limitMs = rateLimitMs(error, clock.now());
        if (limitMs !== null) pauses.begin(throttleKey, limitMs);
        signal.throwIfAborted();
        throw mapGitHubError(error, request, clock.now());
      }
    },
  };
}
