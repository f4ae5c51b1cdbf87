import { AgentBotError, type Clock, type Logger, type Metrics } from "@agentbot/core";
import { createAppAuth } from "@octokit/auth-app";
import { z } from "zod";
import { createGitHubOctokit } from "./github-octokit.js";
import { isRequestError, mapGitHubError } from "./map-github-error.js";
import { type Fetch, measuredFetch } from "./measured-fetch.js";

/** What a token may be used for; GitHub's names. */
export type TokenPermissions = Readonly<Record<string, "read" | "write">>;

/** The one repository a token is narrowed to, by its id where that is known. */
export interface TokenScope {
  readonly installationId: string;
  readonly repository: { readonly id: string } | { readonly name: string };
}

/** As whom a call is made. */
export type GitHubCredential = "app" | TokenScope | { readonly token: string };

/** One call of the REST API. */
export interface GitHubCall {
  /** For metrics: few and fixed. */
  readonly operation: string;
  /** In words that follow "while". */
  readonly doing: string;
  readonly subject: string;
  readonly credential: GitHubCredential;
  /** `GET /repos/{owner}/{repo}`, say. */
  readonly route: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
}

/** What GitHub answered. */
export interface GitHubAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number | undefined>>;
  readonly data: unknown;
}

/** GitHub's REST API as one App. Every error is an AgentBotError `PROVIDER_…`. */
export interface GitHubApi {
  call(call: GitHubCall): Promise<GitHubAnswer>;
  /** A token of its own, in no cache, so that its end is nobody else's. */
  createToken(scope: TokenScope, permissions: TokenPermissions, subject: string, signal: AbortSignal): Promise<string>;
}

/** What {@link createGitHubApi} needs. */
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

/** What the API calls of a task need; git's own token can also write contents. */
const apiPermissions: TokenPermissions = {
  contents: "read",
  issues: "write",
  pull_requests: "write",
  metadata: "read",
};
const askingForToken = "asking for an installation token";
const tokenAnswer = z.object({ token: z.string().min(1) });

/** Rejects as soon as the signal aborts: a request that waits for its turn cannot be cut. */
function untilAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

function narrow({ installationId, repository }: TokenScope): {
  readonly installationId: number;
  readonly repositoryIds?: number[];
  readonly repositoryNames?: string[];
} {
  const chosen =
    "id" in repository ? { repositoryIds: [Number(repository.id)] } : { repositoryNames: [repository.name] };
  return { installationId: Number(installationId), ...chosen };
}

/** Makes the API of one App; tokens for calls are cached by Octokit until shortly before they expire. */
export function createGitHubApi(options: GitHubApiOptions): GitHubApi {
  const { apiUrl, timeoutMs, clock, logger, metrics } = options;
  const octokitFor = (operation: string, pace: string) =>
    createGitHubOctokit({
      apiUrl,
      fetch: measuredFetch({ fetch: options.fetch, operation, timeoutMs, metrics }),
      logger,
      pace: `${options.appId}:${pace}`,
    });
  const auth = createAppAuth({
    appId: options.appId,
    privateKey: options.privateKey,
    request: octokitFor("create_token", "app").request,
    log: { warn: (message: string) => logger.warn({}, message) },
  });

  const authorize = async (credential: GitHubCredential, isFresh: boolean): Promise<string> => {
    if (credential === "app") return `bearer ${(await auth({ type: "app" })).token}`;
    if ("token" in credential) return `token ${credential.token}`;
    const asked = { ...narrow(credential), permissions: apiPermissions, refresh: isFresh };
    return `token ${(await auth({ type: "installation", ...asked })).token}`;
  };

  const send = async (call: GitHubCall, isFresh: boolean): Promise<GitHubAnswer> => {
    const { credential, route, parameters, signal, operation, subject } = call;
    const authorization = await authorize(credential, isFresh).catch((error: unknown) => {
      // Mapped here, so that an unknown installation is never taken for a missing file.
      throw mapGitHubError(error, { doing: askingForToken, subject }, clock.now());
    });
    signal.throwIfAborted();
    const isScoped = typeof credential === "object" && "installationId" in credential;
    const octokit = octokitFor(operation, isScoped ? credential.installationId : "app");
    // What creates is never repeated blindly: the answer may be lost and the thing there.
    const retries = route.startsWith("POST ") ? { retries: 0 } : {};
    const { status, headers, data } = await octokit.request(route, {
      ...parameters,
      headers: { ...(parameters?.["headers"] as Record<string, string> | undefined), authorization },
      request: { signal, ...retries },
    });
    return { status, headers, data };
  };

  const call = async (request: GitHubCall): Promise<GitHubAnswer> => {
    const { signal } = request;
    signal.throwIfAborted();
    const isRefused = (error: unknown): boolean => isRequestError(error) && error.status === 401;
    const work = send(request, false).catch((error: unknown) => {
      // A cached token may have ended early; a 401 did nothing, so even a POST can be sent again.
      const isCached = typeof request.credential === "object" && "installationId" in request.credential;
      if (!isCached || !isRefused(error)) throw error;
      return send(request, true);
    });
    try {
      return await untilAborted(work, signal);
    } catch (error) {
      signal.throwIfAborted();
      throw mapGitHubError(error, request, clock.now());
    }
  };

  return {
    call,
    async createToken(scope, permissions, subject, signal) {
      const { installationId, repositoryIds, repositoryNames } = narrow(scope);
      const { data } = await call({
        operation: "create_token",
        doing: askingForToken,
        subject,
        credential: "app",
        route: "POST /app/installations/{installation_id}/access_tokens",
        parameters: {
          installation_id: installationId,
          ...(repositoryIds ? { repository_ids: repositoryIds } : { repositories: repositoryNames }),
          permissions,
        },
        signal,
      });
      const parsed = tokenAnswer.safeParse(data);
      if (parsed.success) return parsed.data.token;
      throw new AgentBotError("PROVIDER_UNAVAILABLE", `GitHub's answer held no installation token (${subject})`);
    },
  };
}
