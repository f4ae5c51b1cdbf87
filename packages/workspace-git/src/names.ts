import { AgentBotError, type RepositoryCredential, type WorkspaceRequest } from "@agentbot/core";
import { cutText, shortenText } from "@agentbot/core/adapter";
import type { GitRemote } from "./git/git-client.js";

/**
 * Checks an id that becomes part of a path: a task's, a thread's, a tenant's or a repository's.
 *
 * @throws AgentBotError `GIT_NAME_INVALID`
 */
function checkId(what: string, id: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/.test(id)) return id;
  throw nameError(what, id, "an id has 1 to 100 letters, digits, '_' or '-'");
}

/** Returns the path of a repository for messages, as one short line: the code host decides what a path may hold. */
export function printablePath(path: string): string {
  return shortenText(path.replace(/\p{C}/gu, "?"), 255);
}

/** The longest part of a branch's name in bytes: git stores it as a file, and its lock beside it. */
const maxBranchPartBytes = 250;

/**
 * Checks the short name of a branch as `git check-ref-format --branch` does (git-check-ref-format(1)).
 *
 * @throws AgentBotError `GIT_NAME_INVALID`
 */
export function checkBranchName(branch: string): string {
  const isUsable =
    !/[\0-\x20\x7f~^:?*[\\]|\.\.|@\{|\.$/.test(branch) &&
    !/\p{Cs}/u.test(branch) &&
    Buffer.byteLength(branch) <= 1000 &&
    !branch.split("/").some((part) => /^$|^\.|\.lock$/.test(part) || Buffer.byteLength(part) > maxBranchPartBytes) &&
    !/^(?:-|HEAD$|@$)/.test(branch);
  if (isUsable) return branch;
  const rule =
    "it has parts of 1 to 250 bytes, no spaces, none of ~^:?*[\\ and no '..', '@{', '//', leading '-' or '.lock'";
  throw nameError("branch", branch, rule);
}

/**
 * Checks a full commit id.
 *
 * @throws AgentBotError `GIT_NAME_INVALID`
 */
export function checkCommitId(commit: string): string {
  if (/^[0-9a-f]{40}$/.test(commit) && !/^0+$/.test(commit)) return commit;
  throw nameError("commit", commit, "a commit id is 40 lower-case hex digits, not all zero");
}

/**
 * Checks the URL of a repository: `https:` (or `http:` where allowed), a host, and a plain path; nothing else.
 *
 * @throws AgentBotError `GIT_NAME_INVALID`
 */
export function checkGitUrl(gitUrl: string, allowHttp: boolean): string {
  const protocols = allowHttp ? "https?" : "https";
  const grammar = new RegExp(`^${protocols}://[A-Za-z0-9.-]+(:\\d{1,5})?/[A-Za-z0-9._~][A-Za-z0-9._~/-]*$`);
  const isPlain = grammar.test(gitUrl) && !/[^:]\/\/|\/$|\/\.{1,2}(\/|$)|\/\.git(\/|$)/i.test(gitUrl);
  if (isPlain && gitUrl.length <= 1_000 && URL.canParse(gitUrl)) return gitUrl;
  const shown = gitUrl.replace(/\/\/[^/]*@/, "//");
  throw nameError(
    "git URL",
    shown,
    `it must be ${allowHttp ? "http(s)" : "https"}://host/owner/name.git, without user`,
  );
}

/** An error for a name outside its grammar; the name is shown escaped and cut, since a stranger may have chosen it. */
export function nameError(what: string, name: string, rule: string): AgentBotError {
  const shown = JSON.stringify(cutText(name, 80)).replace(/[^\x20-\x7e]/g, "?");
  return new AgentBotError("GIT_NAME_INVALID", `The ${what} ${shown} is not usable: ${rule}`);
}

/** The ids a repository is stored under, which renames do not change. Every one of them fits a path. */
export interface RepositoryKey {
  readonly provider: string;
  readonly tenant: string;
  readonly id: string;
}

/** A {@link WorkspaceRequest} whose every name fits its grammar. */
export interface CheckedRequest {
  readonly taskId: string;
  readonly threadId: string;
  readonly repository: RepositoryKey;
  /** The path at the code host, for messages only. */
  readonly repositoryPath: string;
  /** The one branch that the task may publish. */
  readonly branch: string;
  readonly baseBranch: string;
  readonly baseCommit: string | null;
  readonly remote: GitRemote;
}

/**
 * Checks every name of a request before any process is started.
 *
 * @throws AgentBotError `GIT_NAME_INVALID`
 */
export function checkRequest(request: WorkspaceRequest, allowHttp: boolean): CheckedRequest {
  const { repository } = request;
  return {
    taskId: checkId("task id", request.taskId),
    threadId: checkId("thread id", request.threadId),
    repository: {
      provider: checkId("provider name", repository.provider),
      tenant: checkId("tenant id", repository.tenant),
      id: checkId("repository id", repository.id),
    },
    repositoryPath: printablePath(repository.path),
    branch: checkBranchName(request.branch),
    baseBranch: checkBranchName(request.baseBranch),
    baseCommit: request.baseCommit === null ? null : checkCommitId(request.baseCommit),
    remote: checkRemote(request.credential, allowHttp),
  };
}

/**
 * Checks a credential's URL and header.
 *
 * @throws AgentBotError `GIT_NAME_INVALID`, or `GIT_AUTHENTICATION_FAILED` for a value that does not fit a header.
 */
export function checkRemote(credential: RepositoryCredential, allowHttp: boolean): GitRemote {
  const url = checkGitUrl(credential.gitUrl, allowHttp);
  if (/^[\x20-\x7e]{1,8192}$/.test(credential.authorization)) return { url, authorization: credential.authorization };
  const message = "The credential does not fit an HTTP header: it is empty, too long or has control characters";
  throw new AgentBotError("GIT_AUTHENTICATION_FAILED", message, { isRetryable: false });
}
