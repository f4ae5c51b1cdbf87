import { AgentBotError, type RepositoryCredential, type WorkspaceRequest } from "@agentbot/core";
import type { GitRemote } from "../git/git-client.js";
import { checkBranchName } from "./branch-name.js";
import { checkCommitId } from "./commit-id.js";
import { checkGitUrl } from "./git-url.js";
import { checkRecordId } from "./record-id.js";
import { checkRepositoryName } from "./repository-name.js";

/** A {@link WorkspaceRequest} whose every name fits its grammar. */
export interface CheckedRequest {
  readonly taskId: string;
  readonly installationId: string;
  readonly threadId: string;
  /** The directory name of the repository's mirror: provider and id, which renames do not change. */
  readonly mirrorName: string;
  /** `owner/name`, for messages only. */
  readonly repositoryName: string;
  readonly baseBranch: string;
  readonly baseCommit: string | null;
  readonly remote: GitRemote;
  readonly signal: AbortSignal;
}

/**
 * Checks every name of a request before any process is started.
 *
 * @throws AgentBotError `GIT_NAME_INVALID`
 */
export function checkRequest(request: WorkspaceRequest, allowHttp: boolean): CheckedRequest {
  const { repository } = request;
  return {
    taskId: checkRecordId("task id", request.taskId),
    installationId: checkRecordId("installation id", request.installationId),
    threadId: checkRecordId("thread id", request.threadId),
    mirrorName: `${checkRecordId("provider name", repository.provider)}-${checkRecordId("repository id", repository.id)}`,
    repositoryName: checkRepositoryName(repository),
    baseBranch: checkBranchName(request.baseBranch),
    baseCommit: request.baseCommit === null ? null : checkCommitId(request.baseCommit),
    remote: checkRemote(request.credential, allowHttp),
    signal: request.signal,
  };
}

/**
 * Checks a credential's URL and header.
 *
 * @throws AgentBotError `GIT_NAME_INVALID`, or `GIT_AUTHENTICATION_FAILED` for a value that is no header's.
 */
export function checkRemote(credential: RepositoryCredential, allowHttp: boolean): GitRemote {
  const url = checkGitUrl(credential.gitUrl, allowHttp);
  if (/^[\x20-\x7e]{1,8192}$/.test(credential.authorization)) return { url, authorization: credential.authorization };
  const message = "the credential is no HTTP header value: it is empty, too long or has control characters";
  throw new AgentBotError("GIT_AUTHENTICATION_FAILED", message, { isRetryable: false });
}
