import { nameError } from "./name-error.js";

/**
 * Checks an id that becomes part of a path: a task's, a thread's, an installation's or a repository's.
 *
 * @throws AgentBotError `GIT_NAME_INVALID`
 */
export function checkRecordId(what: string, id: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/.test(id)) return id;
  throw nameError(what, id, "an id has 1 to 100 letters, digits, '_' or '-'");
}
