import type { Clock, Logger, Metrics, RepositoryRef } from "@agentbot/core";
import { z } from "zod";
import { repositoryName } from "../addresses.js";
import { isStatus, readAnswer } from "./answers.js";
import { createAppCredential, createTokenCache, type ExpiringToken } from "./app-tokens.js";
import { createRateLimitPauses, isRequestError, mapGitHubError, rateLimitMs } from "./github-errors.js";
import { countClockRollbacks, createGitHubOctokit, type Fetch, untilAborted } from "./github-octokit.js";

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

function isScope(credential: GitHubCredential): credential is TokenScope {
  return typeof credential === "object" && "installationId" in credential;
}

/** The body of a token request: GitHub's names for the one repository. */
function narrow({ repository }: TokenScope): Readonly<Record<string, unknown>> {
  return "id" in repository ? { repository_ids: [Number(repository.id)] } : { repositories: [repository.name] };
}

/** The API of one App. Tokens for calls are kept until shortly before they expire, one for each repository. */
export function createGitHubApi(options: GitHubApiOptions): GitHubApi {
  const { clock } = options;
  const app = createAppCredential(options);
  const clockRollbacks = countClockRollbacks(clock);
  const tokens = createTokenCache(clock);
  const pauses = createRateLimitPauses(clock);
  const throttleKeyOf = (credential: GitHubCredential): string =>
    `${options.appId}:${isScope(credential) ? credential.installationId : "app"}`;

  const send = async (call: GitHubCall, authorization: string): Promise<GitHubAnswer> => {
    const { credential, route, parameters, signal, operation } = call;
    const octokit = createGitHubOctokit({
      ...options,
      operation,
      // A creation is never repeated blindly: the answer may be lost although it was done.
      isRepeatable: !route.startsWith("POST "),
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

/** The parts of a call that the repository does not decide. */
export type RepositoryCall = Pick<GitHubCall, "operation" | "doing" | "route"> & {
  readonly parameters?: Readonly<Record<string, unknown>>;
};

/** Calls about one repository, with a token that is narrowed to it. */
export interface RepositoryCalls {
  call(repository: RepositoryRef, signal: AbortSignal, call: RepositoryCall): Promise<GitHubAnswer>;
  /** Null if GitHub answers 404. */
  callOrNull(repository: RepositoryRef, signal: AbortSignal, call: RepositoryCall): Promise<GitHubAnswer | null>;
}

/** {@link RepositoryCalls} of an App. */
export function createRepositoryCalls(api: GitHubApi): RepositoryCalls {
  const call: RepositoryCalls["call"] = async (repository, signal, rest) => {
    const { owner, name } = repositoryName(repository);
    return await api.call({
      ...rest,
      subject: `${owner}/${name}`,
      credential: { installationId: repository.tenant, repository: { id: repository.id } },
      parameters: { owner, repo: name, ...rest.parameters },
      signal,
    });
  };
  return {
    call,
    callOrNull: (repository, signal, rest) =>
      call(repository, signal, rest).catch((error: unknown) => {
        if (isStatus(error, 404, rest.doing)) return null;
        throw error;
      }),
  };
}
