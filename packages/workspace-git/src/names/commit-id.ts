import { nameError } from "./name-error.js";

/**
 * Checks a full commit id.
 *
 * @throws AgentBotError `GIT_NAME_INVALID`
 */
export function checkCommitId(commit: string): string {
  if (/^[0-9a-f]{40}$/.test(commit) && !/^0+$/.test(commit)) return commit;
  throw nameError("commit", commit, "a commit id is 40 lower-case hex digits, not all zero");
}
