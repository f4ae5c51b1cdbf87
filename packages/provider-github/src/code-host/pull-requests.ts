import {
  AgentBotError,
  type CodeHost,
  type PullRequest,
  type PullRequestDraft,
  type RepositoryRef,
} from "@agentbot/core";
import { z } from "zod";
import { repositoryName, threadAlias } from "../addresses.js";
import { author, isPerson, isStatus, readAnswer } from "../api/answers.js";
import type { RepositoryCalls } from "./repository-calls.js";

const pullRequestAnswer = z.object({
  number: z.int(),
  html_url: z.string().default(""),
  /** The repository is null once a fork was deleted. */
  head: z.object({ ref: z.string(), sha: z.string(), repo: z.object({ id: z.int() }).nullish() }),
  base: z.object({ ref: z.string() }),
  user: author.nullish(),
});

/** A pull request, with the account that opened it. */
interface OpenedPullRequest {
  readonly pullRequest: PullRequest;
  /** Null where GitHub does not name it. */
  readonly opener: z.output<typeof author> | null;
}

function readPullRequest(data: unknown, repository: RepositoryRef, doing: string): OpenedPullRequest {
  const { number, html_url, head, base, user } = readAnswer(pullRequestAnswer, data, doing);
  return {
    opener: user ?? null,
    pullRequest: {
      number,
      url: html_url,
      headBranch: head.ref,
      headCommit: head.sha,
      baseBranch: base.ref,
      // An answer without a repository is about a branch of the requested one.
      isFromFork: head.repo !== undefined && String(head.repo?.id) !== repository.id,
      threadAlias: threadAlias(repository.id, number),
    },
  };
}

/** Finds and opens pull requests. */
export function createPullRequests(
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
    const parameters = { head: `${repositoryName(repository).owner}:${headBranch}`, state: "all", per_page: 100 };
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

    async openPullRequest(repository, { headBranch, baseBranch, title, body }: PullRequestDraft, { signal }) {
      const doing = "opening the pull request";
      const route = "POST /repos/{owner}/{repo}/pulls";
      const parameters = { head: headBranch, base: baseBranch, title, body };
      try {
        const { data } = await calls.call(repository, signal, { operation: "create_pull", doing, route, parameters });
        return readPullRequest(data, repository, doing).pullRequest;
      } catch (error) {
        if (!isStatus(error, 422, doing) || !/already exists/.test(error.message)) throw error;
        return await adopt(repository, headBranch, signal);
      }
    },
  };
}
