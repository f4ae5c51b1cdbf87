import type { RepositoryRef } from "../task/repository-ref.js";
import type { Task } from "../task/task.js";

/** A request for work: a task, or a command, which has the same fields. */
export interface AccessRequest {
  readonly task: Pick<Task, "actor" | "origin" | "isPreauthorized">;
  readonly repository: RepositoryRef;
}

/** The decision about a request for work. */
export type AccessDecision =
  | {
      readonly status: "allowed";
      /** Rules of the tools the agent may use, in its runner's words; null for the runner's own default. */
      readonly allowedTools: readonly string[] | null;
    }
  /** `reason` is stable and stored; `explanation` is one plain sentence for the thread. */
  | { readonly status: "refused"; readonly reason: string; readonly explanation: string };

/** Decides who may request work in a repository. Called when the work starts, not at receipt. Throws if it cannot decide. */
export interface AccessPolicy {
  decide(request: AccessRequest, options: { readonly signal: AbortSignal }): Promise<AccessDecision>;
}
