import type { RepositoryRef } from "../task/repository-ref.js";
import type { RepositoryCredential } from "./code-host.js";
import type { SetupProblem } from "./setup-problem.js";

/** The task and the commit of a work tree. */
export interface WorkspaceRequest {
  /** The task that the work is for. */
  readonly taskId: string;
  /** The thread whose home and place are used. */
  readonly threadId: string;
  /** The repository to check out. */
  readonly repository: RepositoryRef;
  /** The short name of the one branch that the task may publish. */
  readonly branch: string;
  /** The branch to work on. */
  readonly baseBranch: string;
  /** The commit to build on: a checkpoint's, or that of a pull request when it was requested. Null for the branch's newest. */
  readonly baseCommit: string | null;
  /** The right to read the repository. */
  readonly credential: RepositoryCredential;
}

/** The message and the date of a commit, and the texts that it must not hold. */
export interface CommitRequest {
  /** The whole message: a subject, an empty line, a body. */
  readonly message: string;
  /** Frozen: author and committer date, so that the same work is the same commit. */
  readonly at: Date;
  /** Texts that no change may hold, in any common encoding: the secrets of the process. @defaultValue none */
  readonly secrets?: readonly string[];
}

/**
 * The result of {@link Workspace.commit}. `leftOut` names what was held back and why, one line a kind: text for people, or
 * null. Only the rest is in the commit; it is unchanged if nothing is left.
 */
export type CommitResult =
  | { readonly status: "unchanged"; readonly leftOut: string | null }
  | {
      readonly status: "committed";
      readonly commit: string;
      /** The changed files, then `leftOut`. */
      readonly diffStat: string;
      readonly leftOut: string | null;
      /** A git bundle of the one commit on top of the base. */
      readonly bundle: Uint8Array;
    };

/** The commit to publish, and where. */
export interface PublishRequest {
  /** The short name of the branch: that of the {@link WorkspaceRequest}, and no other. */
  readonly branch: string;
  /** The commit that {@link Workspace.commit} or {@link Workspace.restore} returned. */
  readonly commit: string;
  /** The right to write to the repository. */
  readonly credential: RepositoryCredential;
}

/** A work tree for one task. Nothing in it is trusted once an agent was there. */
export interface Workspace {
  /** The agent's tree. */
  readonly directory: string;
  /** The agent's private home; kept for the thread's next task. */
  readonly homeDirectory: string;
  /** The trusted GIT_DIR, whose objects can be read; the agent never gets access to it. */
  readonly gitDirectory: string;
  /** A directory of the repository that is kept between its tasks, for indexes. */
  readonly cacheDirectory: string;
  /** The commit the tree was made from. */
  readonly baseCommit: string;
  /** Sentences about the tree for the agent, such as that some files are only pointers; never text of the repository. */
  readonly notes: readonly string[];
  /**
   * Commits what the agent left in the tree. Throws AgentBotError `CHANGE_TOO_LARGE` past the limit and
   * `CHANGE_HOLDS_SECRET` when a new or changed file, or its name, holds one of the secrets.
   */
  commit(request: CommitRequest, options: { readonly signal: AbortSignal }): Promise<CommitResult>;
  /** Brings back the commit of a checkpoint's bundle, so that it can be published. */
  restore(bundle: Uint8Array, commit: string, options: { readonly signal: AbortSignal }): Promise<void>;
  /**
   * Makes the commit the branch's head at the remote. A branch that is already there with this commit is success;
   * with another one, AgentBotError `BRANCH_CONFLICT`. Never forced. `PUSH_REFUSED` where the host refuses it for good.
   */
  publish(request: PublishRequest, options: { readonly signal: AbortSignal }): Promise<void>;
}

/** Returns true for a tenant that has removed the bot: nothing of it may be kept. */
export type TenantCheck = (tenant: Pick<RepositoryRef, "provider" | "tenant">) => Promise<boolean>;

/** Creates work trees. Mirrors, caches and homes are keyed by the repository's provider, tenant and id, never by the origin. */
export interface WorkspaceFactory {
  /** Returns what is wrong with the programs and directories it needs. @defaultValue they are not checked */
  check?(options: { readonly signal: AbortSignal }): Promise<readonly SetupProblem[]>;
  /** Makes the work tree of a task, at the commit that its change builds on. */
  prepare(request: WorkspaceRequest, options: { readonly signal: AbortSignal }): Promise<DisposableWorkspace>;
  /**
   * Removes mirrors, caches, homes and trees of tenants that are gone; returns the number of tenants. It is called by every
   * worker from time to time, for what it keeps itself. @defaultValue nothing is removed
   */
  removeTenants?(isGone: TenantCheck, options: { readonly signal: AbortSignal }): Promise<number>;
}

/** A workspace and its end: `dispose` removes the tree, is idempotent and never throws for what is already gone. */
export interface DisposableWorkspace {
  /** The prepared work tree. */
  readonly workspace: Workspace;
  /** Removes the work tree. */
  dispose(): Promise<void>;
}
