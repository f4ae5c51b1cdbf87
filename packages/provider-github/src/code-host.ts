import {
  type Actor,
  AgentBotError,
  type CodeHost,
  type PullRequest,
  type PullRequestDraft,
  type RepositoryPermission,
  type RepositoryRef,
} from "@agentbot/core";
import { once } from "@agentbot/core/adapter";
import { z } from "zod";
import { type RepositoryName, threadAlias } from "./addresses.js";
import { author, isPerson, isStatus, readAnswer } from "./api/github-errors.js";
import type { RepositoryCalls } from "./api/repository-calls.js";

/** The permissions that git needs. */
const gitPermissions = { contents: "write", metadata: "read" } as const;

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
  readonly calls: RepositoryCalls;
  /** Where git finds repositories, without a slash at the end. */
  readonly url: string;
  /** The login the App writes as; requested once. */
  readonly readBotLogin: (signal: AbortSignal) => Promise<string>;
}

/** The repository side of GitHub: tokens for one repository, permissions, files and pull requests. */
export function createGitHubCodeHost({ calls, url, readBotLogin }: GitHubCodeHostOptions): CodeHost {
  return {
    async credentials(repository, { signal }) {
      const created = await calls.createToken(repository, gitPermissions, signal);
      // The repository may have been renamed since its event.
      const { token, name, defaultBranch } = created;
      const path = `${name.owner}/${name.name}`;
      return {
        ...{ path, defaultBranch },
        gitUrl: `${url}/${path}.git`,
        branchUrl: (branch) => `${url}/${path}/tree/${branch.split("/").map(encodeURIComponent).join("/")}`,
        authorization: `Basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`,
        revoke: once(() => calls.revoke(created)),
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

const pullRequestAnswer = z.object({
  number: z.int(),
  html_url: z.string().default(""),
  /** The repository is null once a fork was deleted. */
  head: z.object({ ref: z.string(), sha: z.string(), repo: z.object({ id: z.int() }).nullish() }),
  base: z.object({ ref: z.string() }),
  state: z.string().default("open"),
  merged_at: z.string().nullish(),
  user: author.nullish(),
});

/** A pull request, with the account that opened it. */
interface OpenedPullRequest {
  readonly pullRequest: PullRequest;
  /** Null where GitHub does not name it. */
  readonly opener: z.output<typeof author> | null;
}

function readPullRequest(data: unknown, repository: RepositoryRef, doing: string): OpenedPullRequest {
  const { number, html_url, head, base, state, merged_at, user } = readAnswer(pullRequestAnswer, data, doing);
  return {
    opener: user ?? null,
    pullRequest: {
      number,
      url: html_url,
      headBranch: head.ref,
      headCommit: head.sha,
      baseBranch: base.ref,
      state: merged_at ? "merged" : state === "closed" ? "closed" : "open",
      // An answer without a repository is about a branch of the requested one.
      isFromFork: head.repo !== undefined && String(head.repo?.id) !== repository.id,
      threadAlias: threadAlias(repository.id, number),
    },
  };
}

/** Finds and opens pull requests. */
function createPullRequests(
  calls: RepositoryCalls,
  readBotLogin: (signal: AbortSignal) => Promise<string>,
): Pick<CodeHost, "findPullRequest" | "openPullRequest"> {
  /** The pull requests of a branch, oldest first. Every reader of the repository may have opened one. */
  const list = async (
    repository: RepositoryRef,
    headBranch: string,
    signal: AbortSignal,
  ): Promise<{ readonly pullRequest: PullRequest; readonly isOurs: boolean }[]> => {
    const doing = "looking for the pull request";
    const parameters = ({ owner }: RepositoryName) => ({ head: `${owner}:${headBranch}`, state: "all", per_page: 100 });
    const route = "GET /repos/{owner}/{repo}/pulls";
    const { data } = await calls.call(repository, signal, { operation: "list_pulls", doing, route, parameters });
    const pulls = [];
    for (const each of readAnswer(z.array(z.unknown()), data, doing)) {
      const { pullRequest, opener } = readPullRequest(each, repository, doing);
      // GitHub ignores a head it cannot read and lists everything.
      if (pullRequest.headBranch !== headBranch || pullRequest.isFromFork) continue;
      const isOurs = opener === null || (!isPerson(opener) && opener.login === (await readBotLogin(signal)));
      pulls.push({ pullRequest, isOurs });
    }
    return pulls.sort((left, right) => left.pullRequest.number - right.pullRequest.number);
  };

  /** Handles GitHub's answer that one exists: it is ours, another account's, or ours and not listed yet. */
  const adopt = async (repository: RepositoryRef, headBranch: string, signal: AbortSignal): Promise<PullRequest> => {
    const pulls = await list(repository, headBranch, signal);
    const ours = pulls.find(({ isOurs }) => isOurs);
    if (ours) return ours.pullRequest;
    const where = `${headBranch} (${repository.path})`;
    const [first] = pulls;
    if (!first) {
      const message = `GitHub answers that a pull request for ${where} exists, and does not list it yet; it is looked for again`;
      throw new AgentBotError("PROVIDER_UNAVAILABLE", message);
    }
    const { number } = first.pullRequest;
    const message = `Pull request ${number} for ${where} was opened by another account: close it and request a retry`;
    throw new AgentBotError("PULL_REQUEST_CONFLICT", message, { details: { number } });
  };

  /** The default branch at this moment, where GitHub refused the base of a pull request, e.g. since it was renamed. */
  const readDefaultBranch = async (repository: RepositoryRef, signal: AbortSignal): Promise<string> => {
    const doing = "reading the default branch";
    const route = "GET /repos/{owner}/{repo}";
    const { data } = await calls.call(repository, signal, { operation: "get_repository", doing, route });
    return readAnswer(z.object({ default_branch: z.string() }), data, doing).default_branch;
  };

  return {
    async findPullRequest(repository, query, { signal }) {
      if (!("number" in query)) {
        const pulls = await list(repository, query.headBranch, signal);
        return pulls.find(({ isOurs }) => isOurs)?.pullRequest ?? null;
      }
      const doing = "looking for the pull request";
      const route = "GET /repos/{owner}/{repo}/pulls/{pull_number}";
      const parameters = { pull_number: query.number };
      const answer = await calls.callOrNull(repository, signal, { operation: "get_pull", doing, route, parameters });
      return answer && readPullRequest(answer.data, repository, doing).pullRequest;
    },

    async openPullRequest(repository, draft: PullRequestDraft, { signal }) {
      const { headBranch, baseBranch, mayUseDefaultBranch = false, title, body } = draft;
      const doing = "opening the pull request";
      const route = "POST /repos/{owner}/{repo}/pulls";
      const open = async (base: string): Promise<PullRequest> => {
        const parameters = { head: headBranch, base, title, body };
        const { data } = await calls.call(repository, signal, { operation: "create_pull", doing, route, parameters });
        return readPullRequest(data, repository, doing).pullRequest;
      };
      const openInDefault = async (error: unknown): Promise<PullRequest> => {
        const isBaseGone = isStatus(error, 422, doing) && /\bbase: invalid\b/.test(error.message);
        const defaultBranch = isBaseGone && mayUseDefaultBranch ? await readDefaultBranch(repository, signal) : null;
        if (defaultBranch === null || defaultBranch === baseBranch) throw error;
        return await open(defaultBranch);
      };
      try {
        return await open(baseBranch).catch(openInDefault);
      } catch (error) {
        if (!isStatus(error, 422, doing) || !/already exists/.test(error.message)) throw error;
        return await adopt(repository, headBranch, signal);
      }
    },
  };
}
