import {
  AgentBotError,
  type CodeHost,
  type PullRequest,
  type PullRequestQuery,
  type RepositoryRef,
} from "@agentbot/core";
import { once } from "@agentbot/core/adapter";
import { z } from "zod";
import type { GitHubAnswer, GitHubApi, GitHubCall } from "../api/create-github-api.js";
import { readAnswer } from "../api/read-answer.js";
import { isOwnerName, isRepositoryName } from "../repository-names.js";
import { isOpenedBy, readPullRequest } from "./read-pull-request.js";
import { readRole } from "./read-role.js";

/** Git itself needs no more. */
const gitPermissions = { contents: "write", metadata: "read" } as const;

/** A revoke has no caller's signal: it is done at the end of every run, whatever its end. */
const revokeTimeoutMs = 15_000;

/** What {@link createGitHubCodeHost} needs. */
export interface GitHubCodeHostOptions {
  readonly api: GitHubApi;
  /** Where git finds repositories, without a slash at the end. */
  readonly url: string;
  /** The login the App writes as; asked once. */
  readonly readBotLogin: (signal: AbortSignal) => Promise<string>;
}

type CallParts = Pick<GitHubCall, "operation" | "doing" | "route"> & {
  readonly parameters?: Readonly<Record<string, unknown>>;
};

/** Is this GitHub's answer to the call itself, not to the token asked for it? */
function isStatus(error: unknown, status: number, doing: string): boolean {
  if (!AgentBotError.hasCode(error, "PROVIDER_REJECTED")) return false;
  return error.details["status"] === status && error.details["operation"] === doing;
}

/** The repository side of GitHub: tokens for one repository, permissions, files and pull requests. */
export function createGitHubCodeHost({ api, url, readBotLogin }: GitHubCodeHostOptions): CodeHost {
  const callFor = (repository: RepositoryRef, signal: AbortSignal, parts: CallParts): Promise<GitHubAnswer> =>
    api.call({
      ...parts,
      subject: `${repository.owner}/${repository.name}`,
      credential: { installationId: repository.tenant, repository: { id: repository.id } },
      parameters: { owner: repository.owner, repo: repository.name, ...parts.parameters },
      signal,
    });

  /** Null when GitHub answers 404. */
  const callOrNull = (...call: Parameters<typeof callFor>): Promise<GitHubAnswer | null> =>
    callFor(...call).catch((error: unknown) => {
      if (isStatus(error, 404, call[2].doing)) return null;
      throw error;
    });

  const findPullRequest = async (
    repository: RepositoryRef,
    query: PullRequestQuery,
    signal: AbortSignal,
  ): Promise<PullRequest | null> => {
    const doing = "looking for the pull request";
    if ("number" in query) {
      const route = "GET /repos/{owner}/{repo}/pulls/{pull_number}";
      const parameters = { pull_number: query.number };
      const answer = await callOrNull(repository, signal, { operation: "get_pull", doing, route, parameters });
      return answer && readPullRequest(answer.data, repository, doing);
    }
    const pulls = await listPullRequests(repository, query.headBranch, signal);
    return pulls.find(({ isOurs }) => isOurs)?.pullRequest ?? null;
  };

  /** The pull requests of this branch, oldest first. Anybody who can read it may have opened one. */
  const listPullRequests = async (
    repository: RepositoryRef,
    headBranch: string,
    signal: AbortSignal,
  ): Promise<{ readonly pullRequest: PullRequest; readonly isOurs: boolean }[]> => {
    const doing = "looking for the pull request";
    const parameters = { head: `${repository.owner}:${headBranch}`, state: "all", per_page: 100 };
    const route = "GET /repos/{owner}/{repo}/pulls";
    const { data } = await callFor(repository, signal, { operation: "list_pulls", doing, route, parameters });
    const pulls = [];
    for (const each of readAnswer(z.array(z.unknown()), data, doing)) {
      const pullRequest = readPullRequest(each, repository, doing);
      // GitHub ignores a head it cannot read and lists everything.
      if (pullRequest.headBranch !== headBranch || pullRequest.isFromFork) continue;
      pulls.push({ pullRequest, isOurs: await isOpenedBy(each, doing, () => readBotLogin(signal)) });
    }
    return pulls.sort((left, right) => left.pullRequest.number - right.pullRequest.number);
  };

  /** Why GitHub says that there is one: ours, somebody else's, or ours that its lists do not show yet. */
  const adoptPullRequest = async (
    repository: RepositoryRef,
    headBranch: string,
    signal: AbortSignal,
  ): Promise<PullRequest> => {
    const [first, ...others] = await listPullRequests(repository, headBranch, signal);
    const ours = [first, ...others].find((each) => each?.isOurs);
    if (ours) return ours.pullRequest;
    const where = `${headBranch} (${repository.owner}/${repository.name})`;
    if (!first) {
      const message = `GitHub says that a pull request for ${where} exists, and does not list it yet; it is looked for again`;
      throw new AgentBotError("PROVIDER_UNAVAILABLE", message);
    }
    const { number } = first.pullRequest;
    const message = `Pull request ${number} for ${where} was opened by somebody else: close it and ask for a retry`;
    throw new AgentBotError("PULL_REQUEST_CONFLICT", message, { details: { number } });
  };

  return {
    async credentials(repository, signal) {
      const { owner, name } = repository;
      if (!isOwnerName(owner) || !isRepositoryName(name)) {
        throw new AgentBotError("GIT_NAME_INVALID", "The repository's owner or name is none that GitHub allows");
      }
      const scope = { installationId: repository.tenant, repository: { id: repository.id } };
      const token = await api.createToken(scope, gitPermissions, `${owner}/${name}`, signal);
      return {
        gitUrl: `${url}/${owner}/${name}.git`,
        authorization: `Basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`,
        revoke: once(async () => {
          try {
            await api.call({
              operation: "revoke_token",
              doing: "revoking an installation token",
              subject: `${owner}/${name}`,
              credential: { token },
              route: "DELETE /installation/token",
              signal: AbortSignal.timeout(revokeTimeoutMs),
            });
          } catch (error) {
            // Already expired, or revoked by a try whose answer was lost.
            if (!AgentBotError.hasCode(error, "PROVIDER_AUTHENTICATION_FAILED")) throw error;
          }
        }),
      };
    },

    async permission(repository, actor, signal) {
      const doing = "asking what the person may do";
      const route = "GET /repos/{owner}/{repo}/collaborators/{username}/permission";
      const parameters = { username: actor.login };
      const answer = await callOrNull(repository, signal, { operation: "get_permission", doing, route, parameters });
      return answer ? readRole(answer.data, actor, doing) : "none";
    },

    async readFile(repository, path, signal) {
      const encoded = path.split("/").map(encodeURIComponent).join("/");
      const answer = await callOrNull(repository, signal, {
        operation: "get_file",
        doing: "reading a file of the default branch",
        route: `GET /repos/{owner}/{repo}/contents/${encoded}`,
        parameters: { headers: { accept: "application/vnd.github.raw+json" } },
      });
      if (!answer) return null;
      if (answer.data instanceof ArrayBuffer) return new TextDecoder().decode(answer.data);
      // A directory or a submodule comes as JSON, whatever was asked for.
      return typeof answer.data === "string" ? answer.data : null;
    },

    findPullRequest,

    async openPullRequest(repository, { headBranch, baseBranch, title, body }, signal) {
      const doing = "opening the pull request";
      const route = "POST /repos/{owner}/{repo}/pulls";
      const parameters = { head: headBranch, base: baseBranch, title, body };
      try {
        const { data } = await callFor(repository, signal, { operation: "create_pull", doing, route, parameters });
        return readPullRequest(data, repository, doing);
      } catch (error) {
        const isTaken =
          isStatus(error, 422, doing) && AgentBotError.isInstance(error) && /already exists/.test(error.message);
        if (isTaken) return await adoptPullRequest(repository, headBranch, signal);
        throw error;
      }
    },
  };
}
