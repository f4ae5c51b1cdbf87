import { randomBytes } from "node:crypto";
import type { FakeGitHubInstallation } from "../fake-github-options.js";
import {
  type FakeGitHubAnswer,
  type FakeGitHubContext,
  type FakeGitHubRoute,
  failure,
  liveToken,
  readToken,
} from "../fake-github-route.js";
import { verifyAppJwt } from "../verify-app-jwt.js";

/** Permissions of the fake's App, and of an installation that has no others: exactly those that agentbot requires. */
const appPermissions: Readonly<Record<string, string>> = {
  contents: "write",
  issues: "write",
  pull_requests: "write",
  metadata: "read",
};

/** The events that request work. */
const requestEvents = [
  "issues",
  "issue_comment",
  "pull_request",
  "pull_request_review",
  "pull_request_review_comment",
] as const;

/** GitHub's form since April 2026: `ghs_<app id>_<JWT>`, about 520 characters. */
function newToken(appId: number): string {
  const part = (length: number) => randomBytes(length).toString("base64url");
  return `ghs_${appId}_eyJ${part(60)}.${part(120)}.${part(200)}`;
}

function asNumbers(value: unknown): number[] {
  return Array.isArray(value) ? value.map(Number) : [];
}

/** The answer to a request whose credential is not the App's own; null if it is. */
function refuseCaller({ state, headers }: FakeGitHubContext): FakeGitHubAnswer | null {
  const { id } = state.options.app;
  const problem = verifyAppJwt(readToken(headers["authorization"]), state.publicKey, id, new Date());
  return problem === null ? null : failure(401, problem);
}

function findInstallation({ state, parameters }: FakeGitHubContext): FakeGitHubInstallation | undefined {
  const { installations = [{ id: 1 }] } = state.options;
  return installations.find(({ id }) => id === Number(parameters["installation"]));
}

function createAccessToken(context: FakeGitHubContext): FakeGitHubAnswer {
  const { state, body } = context;
  const { app } = state.options;
  const refusal = refuseCaller(context);
  if (refusal) return refusal;
  const installation = findInstallation(context);
  if (!installation) return failure(404, "Not Found");
  if (installation.isSuspended) return failure(403, "This installation has been suspended");
  const grantedPermissions = installation.permissions ?? appPermissions;
  const covered = state.repositories().filter(({ id }) => installation.repositoryIds?.includes(id) ?? true);
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
  const expiresAt = new Date(Date.now() + 3_600_000);
  state.tokens.push({ token, installationId: installation.id, repositoryIds, permissions, expiresAt, isLive: true });
  const repositoryList = chosen.map(({ id, name, owner, defaultBranch: default_branch = "main" }) => {
    return { id, name, full_name: `${owner}/${name}`, default_branch };
  });
  return {
    status: 201,
    body: {
      token,
      expires_at: expiresAt.toISOString().replace(/\.\d+Z$/, "Z"),
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
    handle(context) {
      const {
        id,
        slug,
        events = requestEvents,
        permissions = appPermissions,
        organization,
      } = context.state.options.app;
      const owner =
        organization === undefined ? { login: "octocat", type: "User" } : { login: organization, type: "Organization" };
      const body = { id, slug, name: slug, owner, events, permissions };
      return refuseCaller(context) ?? { status: 200, body };
    },
  },
  {
    method: "GET",
    pattern: /^\/app\/installations\/(?<installation>[^/]+)$/,
    handle(context) {
      const installation = findInstallation(context);
      const { id, permissions = appPermissions } = installation ?? { id: 0 };
      const answer = installation ? { status: 200, body: { id, permissions } } : failure(404, "Not Found");
      return refuseCaller(context) ?? answer;
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
