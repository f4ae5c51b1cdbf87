import type { RepositoryRef } from "@agentbot/core";
import { nameError } from "./name-error.js";

/**
 * Checks owner and name, and gives the `owner/name` for messages. Underscores are those of enterprise-managed users.
 *
 * @throws AgentBotError `GIT_NAME_INVALID`
 */
export function checkRepositoryName({ owner, name }: Pick<RepositoryRef, "owner" | "name">): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,38}$/.test(owner)) {
    throw nameError("repository owner", owner, "an owner has 1 to 39 letters, digits, '_' or '-'");
  }
  if (!/^[A-Za-z0-9._][A-Za-z0-9._-]{0,99}$/.test(name) || /^\.+$|\.git$|\.\./i.test(name)) {
    throw nameError("repository name", name, "a name has 1 to 100 letters, digits, '.', '_' or '-' and no '.git'");
  }
  return `${owner}/${name}`;
}
