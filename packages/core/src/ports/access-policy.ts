import type { RepositoryRef } from "../task/repository-ref.js";
import type { Task } from "../task/task.js";

/** A request for work: a task, or a command, which has the same fields. */
export interface AccessRequest {
  /** The request: its actor, where it was made, and whether it was let in at receipt. */
  readonly task: Pick<Task, "actor" | "origin" | "isPreauthorized">;
  /** The repository of the work, or one that a request without a repository could be answered with. */
  readonly repository: RepositoryRef;
}

/** The decision about a request for work. */
export type AccessDecision =
  | {
      readonly status: "allowed";
      /** Rules of the tools the agent may use, in its runner's words; null for the runner's own default. */
      readonly allowedTools: readonly string[] | null;
    }
  | AccessRefusal;

/** A refused request for work. A refused command is always silent. */
export interface AccessRefusal {
  /** The kind of decision. */
  readonly status: "refused";
  /** Stable and stored. */
  readonly reason: string;
  /** One plain sentence, for the thread or the log. */
  readonly explanation: string;
  /** `none`: no comment, reaction or question. `once`: the first refused task of the thread shows the explanation there. */
  readonly notice: "none" | "once";
}

/** Decides who may request work in a repository. Called when the work starts, not at receipt. Throws if it cannot decide. */
export interface AccessPolicy {
  /** Returns whether the actor may have the task done in the repository, and with which tools. */
  decide(request: AccessRequest, options: { readonly signal: AbortSignal }): Promise<AccessDecision>;
}
