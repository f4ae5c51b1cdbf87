import { AgentBotError, type Origin } from "@agentbot/core";

/** A repository's path in its two parts. */
export interface RepositoryName {
  readonly owner: string;
  readonly name: string;
}

/** An issue or a pull request, which share their numbers. */
export interface ConversationAddress {
  /** GitHub's id of the repository, which no rename changes. */
  readonly repositoryId: string;
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
export function repositoryName(path: string): RepositoryName {
  const [owner = "", name = "", ...rest] = path.split("/");
  if (isOwnerName(owner) && isRepositoryName(name) && rest.length === 0) return { owner, name };
  throw new AgentBotError("GIT_NAME_INVALID", "The repository's path does not have GitHub's form owner/name");
}

/** The conversation of an issue or a pull request in an origin, such as `1296269#7`. */
export function conversationOf({ repositoryId, number }: ConversationAddress): string {
  return `${repositoryId}#${number}`;
}

/**
 * The parts of an origin's conversation.
 *
 * @throws AgentBotError `PROVIDER_REJECTED` if it does not have the form of {@link conversationOf}
 */
export function conversationAddress({ conversation }: Origin): ConversationAddress {
  const [, repositoryId, number] = /^(\d{1,16})#(\d{1,15})$/.exec(conversation) ?? [];
  if (repositoryId !== undefined && number !== undefined) return { repositoryId, number: Number(number) };
  const message = "The origin's conversation does not have the form 1296269#7: a repository's id and a number";
  throw new AgentBotError("PROVIDER_REJECTED", message);
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
