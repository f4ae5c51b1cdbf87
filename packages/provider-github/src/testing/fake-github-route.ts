import type { FakeGitHubRepository } from "./fake-github-options.js";
import type { FakeGitHubState, FakeGitHubToken } from "./fake-github-state.js";

/** An answer before it is written. */
export interface FakeGitHubAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One request, as a route handles it. */
export interface FakeGitHubContext {
  readonly state: FakeGitHubState;
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
  /** Where the API is reached, without a slash at the end. */
  readonly apiUrl: string;
  readonly url: string;
  readonly path: string;
}

/** A request about one repository, with a valid token. */
export interface RepositoryContext extends FakeGitHubContext {
  readonly repository: FakeGitHubRepository;
  readonly fullName: string;
}

/** One endpoint of the API. */
export interface FakeGitHubRoute {
  readonly method: string;
  readonly pattern: RegExp;
  readonly handle: (context: FakeGitHubContext) => FakeGitHubAnswer | Promise<FakeGitHubAnswer>;
}

const documentationUrl = "https://docs.github.com/rest";

/** An error as GitHub words it. */
export function failure(status: number, message: string, errors?: readonly object[]): FakeGitHubAnswer {
  return {
    status,
    body: { message, ...(errors ? { errors } : {}), documentation_url: documentationUrl, status: String(status) },
  };
}

/** The token of an `Authorization` header: bearer, token or basic. */
export function readToken(authorization: string | undefined): string | null {
  const [, scheme = "", value = ""] = /^(\S+) +(\S+)$/.exec(authorization ?? "") ?? [];
  if (scheme.toLowerCase() === "basic") return Buffer.from(value, "base64").toString().split(":")[1] ?? null;
  return ["bearer", "token"].includes(scheme.toLowerCase()) ? value : null;
}

/** The live token a request carries, or null. */
export function liveToken(state: FakeGitHubState, authorization: string | undefined): FakeGitHubToken | null {
  const value = readToken(authorization);
  return state.tokens.find(({ token, isLive }) => isLive && token === value) ?? null;
}

/** Returns true if the token has this permission, at this level or above. */
export function hasPermission(token: FakeGitHubToken, name: string, level: "read" | "write"): boolean {
  const granted = token.permissions[name];
  return granted === "write" || granted === level;
}

/** GitHub's answer for what has moved to another address. */
export function movedTo(url: string): FakeGitHubAnswer {
  const body = { message: "Moved Permanently", url, documentation_url: documentationUrl };
  return { status: 301, body, headers: { location: url } };
}

/**
 * An endpoint of a repository: 401 without a live token, 404 where it does not reach, 301 under a former name, 403 without the
 * permission.
 */
export function repositoryRoute(
  method: string,
  path: string,
  needs: readonly (readonly [name: string, level: "read" | "write"])[],
  handle: (context: RepositoryContext) => FakeGitHubAnswer | Promise<FakeGitHubAnswer>,
): FakeGitHubRoute {
  return {
    method,
    pattern: new RegExp(`^/repos/(?<owner>[^/]+)/(?<name>[^/]+)${path}$`),
    handle(context) {
      const { authorization } = context.headers;
      if (authorization === undefined) return failure(401, "Requires authentication");
      const token = liveToken(context.state, authorization);
      if (!token) return failure(401, "Bad credentials");
      const { owner = "", name = "" } = context.parameters;
      const repository = context.state.findRepository(owner, name);
      const renamed = repository ? undefined : context.state.findRenamed(owner, name);
      const reached = repository ?? renamed;
      if (!reached || !token.repositoryIds.includes(reached.id)) return failure(404, "Not Found");
      if (!repository) {
        const rest = context.path.split("/").slice(4).join("/");
        const query = context.query.size === 0 ? "" : `?${context.query}`;
        return movedTo(`${context.apiUrl}/repositories/${reached.id}${rest === "" ? "" : `/${rest}`}${query}`);
      }
      // GitHub accepts any one of the permissions that fit an endpoint.
      if (!needs.some(([permission, level]) => hasPermission(token, permission, level))) {
        const accepted = needs.map(([permission, level]) => `${permission}=${level}`).join("; ");
        const refusal = failure(403, "Resource not accessible by integration");
        return { ...refusal, headers: { "x-accepted-github-permissions": accepted } };
      }
      return handle({ ...context, repository, fullName: `${repository.owner}/${repository.name}` });
    },
  };
}
