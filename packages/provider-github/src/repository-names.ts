/** GitHub's logins, and those of managed users (`name_company`) and of apps' owners. */
export function isOwnerName(value: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/.test(value);
}

/** The names a repository can have: nothing that is a path or that git would read as an option. */
export function isRepositoryName(value: string): boolean {
  return /^[A-Za-z0-9._-]{1,100}$/.test(value) && !/^\.{1,2}$|^-|\.git$/i.test(value);
}

/** A repository by name. */
export interface RepositoryName {
  readonly owner: string;
  readonly name: string;
}

/** One conversation: an issue or a pull request, which share their numbers. */
export interface ConversationAddress extends RepositoryName {
  readonly number: number;
}

/** The address `owner/name#7` as parts, or null where it is none. */
export function parseConversation(conversation: string): ConversationAddress | null {
  const [, owner = "", name = "", number = ""] = /^([^/#]+)\/([^/#]+)#(\d{1,15})$/.exec(conversation) ?? [];
  return isOwnerName(owner) && isRepositoryName(name) ? { owner, name, number: Number(number) } : null;
}
