import { AgentBotError, type Origin, type RepositoryRef } from "@agentbot/core";

/** A repository's path in its two parts. */
export interface RepositoryName {
  readonly owner: string;
  readonly name: string;
}

/** An issue or a pull request, which share their numbers. */
export interface ConversationAddress extends RepositoryName {
  readonly number: number;
}

/** Returns true for GitHub's logins, those of managed users (`name_company`) and of apps' owners. */
export function isOwnerName(value: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/.test(value);
}

/** Returns true for names of repositories, which are never a path and never look like an option of git. */
export function isRepositoryName(value: string): boolean {
  return /^[A-Za-z0-9._-]{1,100}$/.test(value) && !/^\.{1,2}$|^-|\.git$/i.test(value);
}

/**
 * The parts of a repository's path.
 *
 * @throws AgentBotError `GIT_NAME_INVALID` if it does not have the form `owner/name`
 */
export function repositoryName({ path }: RepositoryRef): RepositoryName {
  const [owner = "", name = "", ...rest] = path.split("/");
  if (isOwnerName(owner) && isRepositoryName(name) && rest.length === 0) return { owner, name };
  throw new AgentBotError("GIT_NAME_INVALID", "The repository's path does not have GitHub's form owner/name");
}

/**
 * The parts of an origin's conversation, such as `octocat/hello#7`.
 *
 * @throws AgentBotError `PROVIDER_REJECTED` if it has another form
 */
export function conversationAddress({ conversation }: Origin): ConversationAddress {
  const [, owner = "", name = "", number = ""] = /^([^/#]+)\/([^/#]+)#(\d{1,15})$/.exec(conversation) ?? [];
  if (isOwnerName(owner) && isRepositoryName(name)) return { owner, name, number: Number(number) };
  throw new AgentBotError("PROVIDER_REJECTED", "The origin's conversation does not have GitHub's form octocat/hello#7");
}

/**
 * The name of the thread of an issue or a pull request. Both have one form, since they share their numbers: a comment on a
 * pull request is delivered as an `issue_comment`, a review of it is not, and both belong to one thread.
 */
export function threadAlias(repositoryId: string, number: number): string {
  return `github:${repositoryId}:issue:${number}`;
}

const statusMarkStart = "<!-- agentbot:task=";

/** The mark of a task's status comment: together with the bot's authorship it identifies the comment. */
export function statusMark(taskId: string): string {
  return `${statusMarkStart}${taskId} -->`;
}

/** Returns true if a text carries the mark of any task. */
export function hasStatusMark(text: string): boolean {
  return text.includes(statusMarkStart);
}
