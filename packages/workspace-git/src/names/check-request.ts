import { AgentBotError, type RepositoryCredential, type WorkspaceRequest } from "@agentbot/core";
import type { GitRemote } from "../git/git-client.js";
import { checkBranchName, checkCommitId, checkGitUrl, checkId, printablePath } from "./names.js";

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
