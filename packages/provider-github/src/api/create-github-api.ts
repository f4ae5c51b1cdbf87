import type { Clock, Logger, Metrics } from "@agentbot/core";
import { z } from "zod";
import { readAnswer } from "./answers.js";
import { createAppCredential } from "./app-credential.js";
import { countClockRollbacks, createGitHubOctokit } from "./github-octokit.js";
import { isRequestError, mapGitHubError, rateLimitMs } from "./map-github-error.js";
import { type Fetch, measuredFetch, retryBriefly } from "./measured-fetch.js";
import { createRateLimitPauses } from "./rate-limit-pauses.js";
import { createTokenCache, type ExpiringToken } from "./token-cache.js";

/** Permissions of a token, in GitHub's names. */
export type TokenPermissions = Readonly<Record<string, "read" | "write">>;

/** The one repository a token is narrowed to, by its id if that is known. */
export interface TokenScope {
  readonly installationId: string;
  readonly repository: { readonly id: string } | { readonly name: string };
}

/** The credential of a call: the App's own, one narrowed to a repository, or a given token. */
export type GitHubCredential = "app" | TokenScope | { readonly token: string };

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
  /** Creates a token that is not cached, so that revoking it affects no other caller. */
  createToken(scope: TokenScope, permissions: TokenPermissions, subject: string, signal: AbortSignal): Promise<string>;
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

/** Permissions of the tokens for API calls; git's own token can also write contents. */
const apiPermissions: TokenPermissions = {
  contents: "read",
  issues: "write",
  pull_requests: "write",
  metadata: "read",
};
const tokenAnswer = z.object({ token: z.string().min(1), expires_at: z.coerce.date() });

/** The request for a shared token has no caller's signal: a caller that stops must not stop the others. */
const sharedTokenTimeoutMs = 60_000;

/** Rejects as soon as the signal aborts: a request that waits for its turn cannot be aborted itself. */
function untilAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

function isScope(credential: GitHubCredential): credential is TokenScope {
  return typeof credential === "object" && "installationId" in credential;
}

/** The body of a token request: GitHub's names for the one repository. */
function narrow({ repository }: TokenScope): Readonly<Record<string, unknown>> {
  return "id" in repository ? { repository_ids: [Number(repository.id)] } : { repositories: [repository.name] };
}

/** The API of one App. Tokens for calls are kept until shortly before they expire, one for each repository. */
export function createGitHubApi(options: GitHubApiOptions): GitHubApi {
  const { apiUrl, timeoutMs, clock, logger, metrics } = options;
  const app = createAppCredential(options);
  const clockRollbacks = countClockRollbacks(clock);
  const tokens = createTokenCache(clock);
  const pauses = createRateLimitPauses(clock);
  const throttleKeyOf = (credential: GitHubCredential): string =>
    `${options.appId}:${isScope(credential) ? credential.installationId : "app"}`;

  const send = async (call: GitHubCall, authorization: string): Promise<GitHubAnswer> => {
    const { credential, route, parameters, signal, operation } = call;
    const measured = measuredFetch({ fetch: options.fetch, operation, timeoutMs, metrics });
    // A creation is never repeated blindly: the answer may be lost although it was done.
    const isRepeatable = !route.startsWith("POST ");
    const octokit = createGitHubOctokit({
      apiUrl,
      fetch: isRepeatable ? retryBriefly(measured, clock) : measured,
      logger,
      throttleKey: `${throttleKeyOf(credential)}:${clockRollbacks()}`,
    });
    const { status, headers, data } = await octokit.request(route, {
      ...parameters,
      headers: { ...(parameters?.["headers"] as Record<string, string> | undefined), authorization },
      request: { signal },
    });
    return { status, headers, data };
  };

  const createToken = async (
    scope: TokenScope,
    permissions: TokenPermissions,
    subject: string,
    signal: AbortSignal,
  ): Promise<ExpiringToken> => {
    const doing = "creating an installation token";
    const { data } = await call({
      operation: "create_token",
      doing,
      subject,
      credential: "app",
      route: "POST /app/installations/{installation_id}/access_tokens",
      parameters: { installation_id: Number(scope.installationId), ...narrow(scope), permissions },
      signal,
    });
    const { token, expires_at } = readAnswer(tokenAnswer, data, doing);
    return { token, expiresAt: expires_at };
  };

  const sendScoped = async (request: GitHubCall, scope: TokenScope): Promise<GitHubAnswer> => {
    const key = JSON.stringify(scope);
    const create = () => createToken(scope, apiPermissions, request.subject, AbortSignal.timeout(sharedTokenTimeoutMs));
    const token = await tokens.get(key, create);
    try {
      return await send(request, `token ${token}`);
    } catch (error) {
      if (!isRequestError(error) || error.status !== 401) throw error;
      // A cached token may have ended early. A 401 had no effect, so that even a POST can be sent again.
      tokens.forget(key, token);
      return await send(request, `token ${await tokens.get(key, create)}`);
    }
  };

  const perform = async (request: GitHubCall): Promise<GitHubAnswer> => {
    const { credential } = request;
    if (isScope(credential)) return sendScoped(request, credential);
    if (credential !== "app") return send(request, `token ${credential.token}`);
    const sendAsApp = async () => send(request, `bearer ${app.sign()}`);
    const { aheadMs } = app;
    // A 401 had no effect, so that even a POST can be sent again.
    return sendAsApp().catch((error: unknown) => {
      if (!app.correctClock(error, aheadMs)) throw error;
      return sendAsApp();
    });
  };

  const call = async (request: GitHubCall): Promise<GitHubAnswer> => {
    const { signal } = request;
    signal.throwIfAborted();
    const throttleKey = throttleKeyOf(request.credential);
    pauses.check(throttleKey, request);
    try {
      return await untilAborted(perform(request), signal);
    } catch (error) {
      const limitMs = rateLimitMs(error, clock.now());
      if (limitMs !== null) pauses.begin(throttleKey, limitMs);
      signal.throwIfAborted();
      throw mapGitHubError(error, request, clock.now());
    }
  };

  return {
    call,
    createToken: async (...request) => (await createToken(...request)).token,
  };
}
