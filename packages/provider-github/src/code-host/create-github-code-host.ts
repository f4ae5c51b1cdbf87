import { type Actor, AgentBotError, type CodeHost, type RepositoryPermission } from "@agentbot/core";
import { once } from "@agentbot/core/adapter";
import { z } from "zod";
import { repositoryName } from "../addresses.js";
import { readAnswer } from "../api/answers.js";
import type { GitHubApi } from "../api/create-github-api.js";
import { createPullRequests } from "./pull-requests.js";
import { createRepositoryCalls } from "./repository-calls.js";

/** The permissions that git needs. */
const gitPermissions = { contents: "write", metadata: "read" } as const;

/** A revocation has no caller's signal: it is done at the end of every run, whatever its end. */
const revokeTimeoutMs = 15_000;

const roles: ReadonlySet<string> = new Set(["admin", "maintain", "write", "triage", "read", "none"]);
const permissionAnswer = z.object({
  permission: z.string(),
  role_name: z.string().nullish(),
  user: z.object({ id: z.int() }).nullish(),
});

function isRole(value: string | null | undefined): value is RepositoryPermission {
  return typeof value === "string" && roles.has(value);
}

/**
 * The role in an answer of the collaborator-permission API. `role_name` has maintain and triage; a custom role falls back
 * to `permission`, its base. A login that another account has registered since has no role.
 */
function readRole(data: unknown, actor: Actor, doing: string): RepositoryPermission {
  const { permission, role_name, user } = readAnswer(permissionAnswer, data, doing);
  if (user && String(user.id) !== actor.id) return "none";
  if (isRole(role_name)) return role_name;
  return isRole(permission) ? permission : "none";
}

/** Options of {@link createGitHubCodeHost}. */
export interface GitHubCodeHostOptions {
  readonly api: GitHubApi;
  /** Where git finds repositories, without a slash at the end. */
  readonly url: string;
  /** The login the App writes as; requested once. */
  readonly readBotLogin: (signal: AbortSignal) => Promise<string>;
}

/** The repository side of GitHub: tokens for one repository, permissions, files and pull requests. */
export function createGitHubCodeHost({ api, url, readBotLogin }: GitHubCodeHostOptions): CodeHost {
  const calls = createRepositoryCalls(api);

  const revoke = async (token: string, subject: string): Promise<void> => {
    try {
      await api.call({
        operation: "revoke_token",
        doing: "revoking an installation token",
        subject,
        credential: { token },
        route: "DELETE /installation/token",
        signal: AbortSignal.timeout(revokeTimeoutMs),
      });
    } catch (error) {
      // It has expired, or was revoked by a try whose answer was lost.
      if (!AgentBotError.hasCode(error, "PROVIDER_AUTHENTICATION_FAILED")) throw error;
    }
  };

  return {
    async credentials(repository, { signal }) {
      const { owner, name } = repositoryName(repository);
      const scope = { installationId: repository.tenant, repository: { id: repository.id } };
      const token = await api.createToken(scope, gitPermissions, `${owner}/${name}`, signal);
      return {
        gitUrl: `${url}/${owner}/${name}.git`,
        authorization: `Basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`,
        revoke: once(() => revoke(token, `${owner}/${name}`)),
      };
    },

    async permission(repository, actor, { signal }) {
      if (actor.provider !== repository.provider) return "none";
      const doing = "reading an actor's permission";
      const route = "GET /repos/{owner}/{repo}/collaborators/{username}/permission";
      const parameters = { username: actor.login };
      const answer = await calls.callOrNull(repository, signal, {
        operation: "get_permission",
        doing,
        route,
        parameters,
      });
      return answer ? readRole(answer.data, actor, doing) : "none";
    },

    async readFile(repository, path, { signal }) {
      const encoded = path.split("/").map(encodeURIComponent).join("/");
      const answer = await calls.callOrNull(repository, signal, {
        operation: "get_file",
        doing: "reading a file of the default branch",
        route: `GET /repos/{owner}/{repo}/contents/${encoded}`,
        parameters: { headers: { accept: "application/vnd.github.raw+json" } },
      });
      if (!answer) return null;
      if (answer.data instanceof ArrayBuffer) return new TextDecoder().decode(answer.data);
      // A directory or a submodule is answered as JSON, whatever was accepted.
      return typeof answer.data === "string" ? answer.data : null;
    },

    ...createPullRequests(calls, readBotLogin),
  };
}
