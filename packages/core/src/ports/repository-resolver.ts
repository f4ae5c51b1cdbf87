import type { RepositoryRef } from "../task/repository-ref.js";
import type { Task } from "../task/task.js";

/** The request whose repository is to be resolved, and its thread's. */
export interface RepositoryRequest {
  /** `repository` is what the event named, or null. A command has neither title nor instruction: they are empty. */
  readonly task: Pick<Task, "actor" | "origin" | "repository" | "title" | "instruction">;
  /** The repository that an earlier task of the thread was resolved to, or null. */
  readonly remembered: RepositoryRef | null;
}

/** The repository, a question or a refusal. */
export type RepositoryResolution =
  | { readonly status: "resolved"; readonly repository: RepositoryRef }
  | RepositoryQuestion
  /**
   * `reason` is stable and stored; `explanation` is one plain sentence, for the log and the thread. The thread shows it only
   * to actors that were let in at receipt: for others access could not be decided.
   */
  | { readonly status: "refused"; readonly reason: string; readonly explanation: string };

/** Not known yet: the question is asked in the thread, and an answer there is a new task. */
export interface RepositoryQuestion {
  /** The kind of result. */
  readonly status: "question";
  /** Plain text. */
  readonly question: string;
  /** The possible answers: an actor without access to any of them is refused in place of the question. Empty if any is. */
  readonly choices: readonly RepositoryRef[];
}

/**
 * Decides in which repository a task is done: the one the event named, a configured route, the one remembered for the
 * thread, or one that a person is asked for. Neither a name in a stranger's text nor an id in a payload selects a credential:
 * beyond the origin's tenant, an implementation resolves only what its operator has configured for it.
 */
export interface RepositoryResolver {
  /** Returns the repository of a task, a question for its thread, or a refusal. */
  resolve(request: RepositoryRequest, options: { readonly signal: AbortSignal }): Promise<RepositoryResolution>;
}
