import type { PullRequest, RepositoryRef } from "@agentbot/core";
import { z } from "zod";
import { author, isPerson } from "../api/author.js";
import { readAnswer } from "../api/read-answer.js";
import { threadAlias } from "../thread-alias.js";

const pullRequest = z.object({
  number: z.int(),
  html_url: z.string().default(""),
  /** The repository is null once a fork was deleted. */
  head: z.object({ ref: z.string(), sha: z.string(), repo: z.object({ id: z.int() }).nullish() }),
  base: z.object({ ref: z.string() }),
  user: author.nullish(),
});

/** Did the bot open it? An answer that does not say is about what the bot asked for. */
export async function isOpenedBy(data: unknown, doing: string, readBotLogin: () => Promise<string>): Promise<boolean> {
  const { user } = readAnswer(pullRequest.pick({ user: true }), data, doing);
  if (!user) return true;
  return !isPerson(user) && user.login === (await readBotLogin());
}

/** A pull request as GitHub's API describes it. */
export function readPullRequest(data: unknown, repository: RepositoryRef, doing: string): PullRequest {
  const { number, html_url, head, base } = readAnswer(pullRequest, data, doing);
  return {
    number,
    url: html_url,
    headBranch: head.ref,
    headCommit: head.sha,
    baseBranch: base.ref,
    // An answer that does not say is about a branch of the repository that was asked.
    isFromFork: head.repo !== undefined && String(head.repo?.id) !== repository.id,
    threadAlias: threadAlias(repository.id, number),
  };
}
