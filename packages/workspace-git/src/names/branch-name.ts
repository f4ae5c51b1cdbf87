import { nameError } from "./name-error.js";

const rule =
  "a branch name has 1 to 200 visible characters, no spaces, none of ~^:?*[\\ and no '..', '@{', '//', leading '-' or '.lock'";

/**
 * Checks the short name of a branch: the rules of git-check-ref-format, and no leading dash, no `refs/…`, no `HEAD`.
 *
 * @throws AgentBotError `GIT_NAME_INVALID`
 */
export function checkBranchName(branch: string): string {
  const isUsable =
    branch.length >= 1 &&
    Buffer.byteLength(branch) <= 200 &&
    !/[\s\p{C}~^:?*[\\]/u.test(branch) &&
    !/\.\.|@\{|\/\/|^\/|\/$|\.$/.test(branch) &&
    !branch.split("/").some((part) => /^[.-]|\.lock$/i.test(part)) &&
    !/^(refs\/|HEAD$|@$)/i.test(branch);
  if (!isUsable) throw nameError("branch", branch, rule);
  return branch;
}
