import { AgentBotError, type Clock, type Logger, type RepositoryRef } from "@agentbot/core";
import { z } from "zod";
import { type RepositoryName, repositoryName } from "../addresses.js";
import { createTokenCache, type ExpiringToken } from "./app-tokens.js";
import type { GitHubAnswer, GitHubApi, GitHubCall } from "./create-github-api.js";
import { isStatus, permissionMissing, readAnswer } from "./github-errors.js";
import { redirectStatuses, untilAborted } from "./github-octokit.js";

/** A repository by the ids that no rename changes: that of the installation that reaches it, and its own. */
export type RepositoryKey = Pick<RepositoryRef, "tenant" | "id">;

/** Permissions of a token, in GitHub's names. */
export type TokenPermissions = Readonly<Record<string, "read" | "write">>;

type CallParameters = Readonly<Record<string, unknown>>;

/** The parts of a call that the repository does not decide; `owner` and `repo` in the route are its present name. */
export interface RepositoryCall extends Pick<GitHubCall, "operation" | "doing" | "route"> {
  /** A function for parameters that contain the name. */
  readonly parameters?: CallParameters | ((name: RepositoryName) => CallParameters);
}

/** A token for one repository. */
export interface RepositoryToken extends ExpiringToken, RepositoryKey {
  /** The repository's present name; replaced when a call shows that it has changed. */
  name: RepositoryName;
  /** The default branch when it was created; null if GitHub has not named it. */
  readonly defaultBranch: string | null;
  /** Needed permissions that the installation has not granted, such as `issues=write`. */
  readonly lacking: readonly string[];
}

/**
 * Calls about one repository, with a token that is narrowed to it and shared by all of them. They outlive renames of the
 * repository and of its owner: the name comes with the token, and is read again by the id where GitHub refuses it.
 */
export interface RepositoryCalls {
  call(repository: RepositoryKey, signal: AbortSignal, call: RepositoryCall): Promise<GitHubAnswer>;
  /** Null if GitHub answers 404. */
  callOrNull(repository: RepositoryKey, signal: AbortSignal, call: RepositoryCall): Promise<GitHubAnswer | null>;
  /** Creates a token that is not shared, so that revoking it affects no other caller. */
  createToken(repository: RepositoryKey, permissions: TokenPermissions, signal: AbortSignal): Promise<RepositoryToken>;
  /** Ends a token; one that has ended already is success. It has no caller's signal: every run ends its token. */
  revoke(token: RepositoryToken): Promise<void>;
  /** Ends the shared tokens: best effort until the signal aborts. Later calls create new ones. */
  close(signal: AbortSignal): Promise<void>;
}

/** Dependencies of {@link createRepositoryCalls}. */
export interface RepositoryCallsDeps {
  readonly api: GitHubApi;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Permissions of the shared tokens; git's own token can also write contents. */
const apiPermissions: TokenPermissions = {
  contents: "read",
  issues: "write",
  pull_requests: "write",
  metadata: "read",
};

/** The request for a token has no caller's signal: an abort must neither stop the other callers nor lose a token. */
const createTimeoutMs = 60_000;
const revokeTimeoutMs = 15_000;

const creatingToken = "creating an installation token";
const namedRepository = z.object({ id: z.int(), full_name: z.string(), default_branch: z.string().optional() });
const tokenAnswer = z.object({
  token: z.string().min(1),
  expires_at: z.coerce.date(),
  repositories: z.array(namedRepository).default([]),
});
const grantedAnswer = z.object({ permissions: z.record(z.string(), z.string()) });

/** Answers under a name that the repository may have lost, maybe to another one. */
const uncertainStatuses = [...redirectStatuses, 403, 404, 410];

/** {@link RepositoryCalls} of an App. */
export function createRepositoryCalls({ api, clock, logger }: RepositoryCallsDeps): RepositoryCalls {
  const revoke = async ({ token, tenant, id, name }: RepositoryToken): Promise<void> => {
    try {
      await api.call({
        ...{
          operation: "revoke_token",
          doing: "revoking an installation token",
          subject: `${name.owner}/${name.name}`,
        },
        credential: { token, installationId: tenant, repositoryId: id },
        // GitHub's writes are a second apart; a stop that ends many tokens must not be.
        throttleKey: `revoke:${id}`,
        route: "DELETE /installation/token",
        signal: AbortSignal.timeout(revokeTimeoutMs),
      });
    } catch (error) {
      // It has expired, or was revoked by a try whose answer was lost.
      if (!AgentBotError.hasCode(error, "PROVIDER_AUTHENTICATION_FAILED")) throw error;
    }
  };
  /** Revocations that no caller waits for. */
  const revocations = new Set<Promise<void>>();
  const revokeLater = (pending: Promise<RepositoryToken>): void => {
    // Without a token there is nothing to revoke.
    const revoked = pending
      .then(revoke, () => {})
      .catch((error: unknown) => {
        logger.warn({ err: error }, "A token could not be revoked; it expires within the hour");
      });
    revocations.add(revoked);
    void revoked.then(() => revocations.delete(revoked));
  };
  const tokens = createTokenCache<RepositoryToken>({ clock, onEvicted: revokeLater });
  const cacheKeyOf = ({ tenant, id }: RepositoryKey): string => `${tenant}/${id}`;

  const readName = async (token: Omit<RepositoryToken, "name">, signal: AbortSignal): Promise<RepositoryName> => {
    const doing = "reading the repository's name";
    const { data } = await api.call({
      ...{ operation: "get_repository", doing, subject: `repository ${token.id}`, signal },
      credential: { token: token.token, installationId: token.tenant, repositoryId: token.id },
      route: "GET /repositories/{repository_id}",
      parameters: { repository_id: Number(token.id) },
    });
    return repositoryName(readAnswer(namedRepository, data, doing).full_name);
  };

  const createToken = async (
    { tenant, id }: RepositoryKey,
    permissions: TokenPermissions,
    lacking: readonly string[],
    signal: AbortSignal,
  ): Promise<RepositoryToken> => {
    const { data } = await api.call({
      ...{ operation: "create_token", doing: creatingToken, subject: `repository ${id}`, signal, credential: "app" },
      route: "POST /app/installations/{installation_id}/access_tokens",
      parameters: { installation_id: Number(tenant), repository_ids: [Number(id)], permissions },
    });
    const { token, expires_at: expiresAt, repositories } = readAnswer(tokenAnswer, data, creatingToken);
    const named = repositories.find((each) => String(each.id) === id);
    const created = { token, expiresAt, tenant, id, lacking, defaultBranch: named?.default_branch ?? null };
    return { ...created, name: named ? repositoryName(named.full_name) : await readName(created, signal) };
  };

  /** The needed permissions that the installation has not granted. */
  const readLacking = async (
    { tenant }: RepositoryKey,
    needed: TokenPermissions,
    signal: AbortSignal,
  ): Promise<readonly string[]> => {
    const doing = "reading the installation's permissions";
    const { data } = await api.call({
      ...{ operation: "get_installation", doing, subject: `installation ${tenant}`, signal, credential: "app" },
      route: "GET /app/installations/{installation_id}",
      parameters: { installation_id: Number(tenant) },
    });
    const { permissions: granted } = readAnswer(grantedAnswer, data, doing);
    return Object.entries(needed)
      .filter(([name, level]) => granted[name] !== "write" && granted[name] !== level)
      .map(([name, level]) => `${name}=${level}`);
  };

  /** The token that all calls about a repository share, with the permissions that are granted. */
  const sharedToken = (repository: RepositoryKey): Promise<RepositoryToken> =>
    tokens.get(cacheKeyOf(repository), async () => {
      const signal = AbortSignal.timeout(createTimeoutMs);
      try {
        return await createToken(repository, apiPermissions, [], signal);
      } catch (error) {
        if (!isUngranted(error)) throw error;
        const lacking = await readLacking(repository, apiPermissions, signal);
        const facts = { installation: repository.tenant, lacking };
        logger.error(
          facts,
          "The App lacks permissions: grant them in its settings and accept them in the installation",
        );
        const granted = Object.entries(apiPermissions).filter(([name, level]) => !lacking.includes(`${name}=${level}`));
        return await createToken(repository, Object.fromEntries(granted), lacking, signal);
      }
    });

  /** Throws if the shared token lacks a permission, unless it has been granted since. */
  const assertGranted = async (repository: RepositoryKey, signal: AbortSignal): Promise<void> => {
    const known = tokens.peek(cacheKeyOf(repository));
    if (known === null || known.lacking.length === 0) return;
    tokens.forget(cacheKeyOf(repository), known);
    revokeLater(Promise.resolve(known));
    const { lacking } = await untilAborted(sharedToken(repository), signal);
    if (lacking.length > 0) throw permissionMissing(lacking.join(", "), `repository ${repository.id}`);
  };

  const send = (
    token: RepositoryToken,
    signal: AbortSignal,
    { operation, doing, route, parameters }: RepositoryCall,
    mayRedirect: boolean,
  ): Promise<GitHubAnswer> => {
    const { owner, name } = token.name;
    return api.call({
      ...{ operation, doing, route, signal, mayRedirect, subject: `${owner}/${name}` },
      credential: { token: token.token, installationId: token.tenant, repositoryId: token.id },
      parameters: {
        ...{ owner, repo: name },
        ...(typeof parameters === "function" ? parameters(token.name) : parameters),
      },
    });
  };

  /** The token to repeat a refused call with: a new one, or the same under the present name; null if neither may help. */
  const afterRefusal = async (
    error: unknown,
    token: RepositoryToken,
    signal: AbortSignal,
    { doing }: RepositoryCall,
  ): Promise<RepositoryToken | null> => {
    if (isRefusedToken(error, doing)) {
      // It may have ended early. A 401 had no effect, so that even a POST can be sent again.
      tokens.forget(cacheKeyOf(token), token);
      return await untilAborted(sharedToken(token), signal);
    }
    if (!uncertainStatuses.some((status) => isStatus(error, status, doing))) return null;
    const { name } = token;
    token.name = await readName(token, signal).catch(() => name);
    signal.throwIfAborted();
    const isRenamed = token.name.owner !== name.owner || token.name.name !== name.name;
    return isRenamed || redirectStatuses.some((status) => isStatus(error, status, doing)) ? token : null;
  };

  const call: RepositoryCalls["call"] = async (repository, signal, request) => {
    signal.throwIfAborted();
    const token = await untilAborted(sharedToken(repository), signal);
    try {
      // Not redirected: parameters, too, may contain the former name.
      return await send(token, signal, request, false);
    } catch (error) {
      const next = await afterRefusal(error, token, signal, request);
      if (next === null) throw error;
      return await send(next, signal, request, true);
    }
  };

  return {
    call,
    callOrNull: (repository, signal, request) =>
      call(repository, signal, request).catch((error: unknown) => {
        if (isStatus(error, 404, request.doing)) return null;
        throw error;
      }),

    async createToken(repository, permissions, signal) {
      signal.throwIfAborted();
      await assertGranted(repository, signal);
      const creationSignal = AbortSignal.timeout(createTimeoutMs);
      const pending = createToken(repository, permissions, [], creationSignal).catch(async (error: unknown) => {
        if (!isUngranted(error)) throw error;
        const missing = await readLacking(repository, permissions, creationSignal);
        throw permissionMissing(missing.join(", "), `repository ${repository.id}`);
      });
      try {
        return await untilAborted(pending, signal);
      } catch (error) {
        if (signal.aborted) revokeLater(pending);
        throw error;
      }
    },

    revoke,

    async close(signal) {
      for (const pending of tokens.clear()) revokeLater(pending);
      await untilAborted(Promise.all(revocations), signal);
    },
  };
}

/** Returns true if a token was refused since it asks for more than the installation has granted. */
function isUngranted(error: unknown): boolean {
  return isStatus(error, 422, creatingToken) && /permissions requested are not granted/i.test(error.message);
}

/** Returns true if GitHub refused the token of the call itself. */
function isRefusedToken(error: unknown, doing: string): boolean {
  return AgentBotError.hasCode(error, "PROVIDER_AUTHENTICATION_FAILED") && error.details["operation"] === doing;
}
