import type { RepositoryRef } from "../task/repository-ref.js";
import type { Task } from "../task/task.js";

/** The task whose repository is to be resolved, and its thread's. */
export interface RepositoryRequest {
  /** `task.repository` is what the event named, or null. */
  readonly task: Task;
  /** The repository that an earlier task of the thread was resolved to, or null. */
  readonly remembered: RepositoryRef | null;
}

/** The repository, a question or a refusal. */
export type RepositoryResolution =
  | { readonly status: "resolved"; readonly repository: RepositoryRef }
  /** Not known yet: the question is asked in the thread, and an answer there is a new task. Plain text. */
  | { readonly status: "question"; readonly question: string }
  /** `reason` is stable and stored; `explanation` is one plain sentence for the thread. */
  | { readonly status: "refused"; readonly reason: string; readonly explanation: string };

/**
 * Decides in which repository a task is done: the one the event named, a configured route, the one remembered for the
 * thread, or one that a person is asked for. Neither a name in a stranger's text nor an id in a payload selects a credential:
 * beyond the origin's tenant, an implementation resolves only what its operator has configured for it.
 */
export interface RepositoryResolver {
  resolve(request: RepositoryRequest, options: { readonly signal: AbortSignal }): Promise<RepositoryResolution>;
}
