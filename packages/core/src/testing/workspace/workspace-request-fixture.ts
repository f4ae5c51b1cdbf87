import type { WorkspaceRequest } from "../../ports/workspace-factory.js";
import { newTaskId } from "../../task/task-id.js";
import type { RemoteRepository } from "./workspace-subject.js";

/** A request for a new task of a new thread, on the newest commit of `main`. */
export function workspaceRequest(remote: RemoteRepository, changes: Partial<WorkspaceRequest> = {}): WorkspaceRequest {
  const taskId = changes.taskId ?? newTaskId();
  return {
    taskId,
    branch: `agentbot/${taskId}`,
    threadId: newTaskId(),
    repository: remote.repository,
    baseBranch: "main",
    baseCommit: null,
    credential: remote.credential,
    ...changes,
  };
}
