import { randomBytes } from "node:crypto";
import { type FakeGitHubContext, type FakeGitHubRoute, failure, liveToken, readToken } from "../fake-github-route.js";
import { verifyAppJwt } from "../verify-app-jwt.js";

/** Permissions of the fake's App: exactly those that agentbot requires. */
const grantedPermissions: Readonly<Record<string, string>> = {
  contents: "write",
  issues: "write",
  pull_requests: "write",
  metadata: "read",
};

/** GitHub's form since April 2026: `ghs_<app id>_<JWT>`, about 520 characters. */
function newToken(appId: number): string {
  const part = (length: number) => randomBytes(length).toString("base64url");
  return `ghs_${appId}_eyJ${part(60)}.${part(120)}.${part(200)}`;
}

function asNumbers(value: unknown): number[] {
  return Array.isArray(value) ? value.map(Number) : [];
}

function createAccessToken(context: FakeGitHubContext): ReturnType<FakeGitHubRoute["handle"]> {
  const { state, body, headers, parameters } = context;
  const { app, repositories, installations = [{ id: 1 }] } = state.options;
  const problem = verifyAppJwt(readToken(headers["authorization"]), state.publicKey, app.id, new Date());
  if (problem !== null) return failure(401, problem);
  const installation = installations.find(({ id }) => id === Number(parameters["installation"]));
  if (!installation) return failure(404, "Not Found");
  if ("isSuspended" in installation && installation.isSuspended) {
    return failure(403, "This installation has been suspended");
  }
  const covered = repositories.filter(
    ({ id }) => !("repositoryIds" in installation) || installation.repositoryIds?.includes(id),
  );
  const names = Array.isArray(body["repositories"]) ? body["repositories"].map(String) : [];
  const ids = asNumbers(body["repository_ids"]);
  const isNarrowed = names.length + ids.length > 0;
  const chosen = covered.filter(({ id, name }) => !isNarrowed || ids.includes(id) || names.includes(name));
  if (isNarrowed && chosen.length < new Set([...ids, ...names]).size) {
    return failure(
      422,
      "There is at least one repository that does not exist or is not accessible to the parent installation.",
    );
  }
  const requested = Object.entries((body["permissions"] ?? grantedPermissions) as Record<string, string>);
  if (requested.some(([name, level]) => grantedPermissions[name] !== "write" && grantedPermissions[name] !== level)) {
    return failure(422, "The permissions requested are not granted to this installation.");
  }
  const permissions = { metadata: "read", ...Object.fromEntries(requested) };
  const token = newToken(app.id);
  const repositoryIds = chosen.map(({ id }) => id);
  state.tokens.push({ token, installationId: installation.id, repositoryIds, permissions, isLive: true });
  const repositoryList = chosen.map(({ id, name, owner }) => ({ id, name, full_name: `${owner}/${name}` }));
  return {
    status: 201,
    body: {
      token,
      expires_at: new Date(Date.now() + 3_600_000).toISOString().replace(/\.\d+Z$/, "Z"),
      permissions,
      repository_selection: isNarrowed ? "selected" : "all",
      ...(isNarrowed ? { repositories: repositoryList } : {}),
    },
  };
}

/** The App itself, its tokens, and accounts. */
export const appRoutes: readonly FakeGitHubRoute[] = [
  {
    method: "POST",
    pattern: /^\/app\/installations\/(?<installation>[^/]+)\/access_tokens$/,
    handle: createAccessToken,
  },
  {
    method: "GET",
    pattern: /^\/app$/,
    handle({ state, headers }) {
      const { app } = state.options;
      const problem = verifyAppJwt(readToken(headers["authorization"]), state.publicKey, app.id, new Date());
      if (problem !== null) return failure(401, problem);
      return { status: 200, body: { id: app.id, slug: app.slug, name: app.slug, permissions: grantedPermissions } };
    },
  },
  {
    method: "DELETE",
    pattern: /^\/installation\/token$/,
    handle({ state, headers }) {
      const token = liveToken(state, headers["authorization"]);
      if (!token) return failure(401, "Bad credentials");
      token.isLive = false;
      return { status: 204 };
    },
  },
  {
    method: "GET",
    pattern: /^\/users\/(?<login>[^/]+)$/,
    handle({ state, parameters }) {
      const user = state.findUser(parameters["login"] ?? "");
      return user
        ? { status: 200, body: { id: user.id, login: user.login, type: user.type ?? "User" } }
        : failure(404, "Not Found");
    },
  },
];
