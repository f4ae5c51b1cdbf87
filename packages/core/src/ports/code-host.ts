import type { Actor } from "../task/origin.js";
import type { RepositoryRef } from "../task/repository-ref.js";

/** The right to read and write one repository for a while. */
export interface RepositoryCredential {
  /** The repository's path at this moment, as the code host has it: a rename changes it. */
  readonly path: string;
  /** The default branch at this moment; null where the host does not name it. */
  readonly defaultBranch: string | null;
  /** Where git finds the repository: built from that path, never taken from a payload. */
  readonly gitUrl: string;
  /** The value of the HTTP `Authorization` header git sends; a secret. */
  readonly authorization: string;
  /** Returns the web address of a branch, for people. */
  branchUrl(branch: string): string;
  /** Ends the credential; called at the end of every run, whatever its end. */
  revoke(): Promise<void>;
}

/** The permission of an actor in a repository, as the code host grants it at this moment. */
export type RepositoryPermission = "admin" | "maintain" | "write" | "triage" | "read" | "none";

/** A pull request at the code host. */
export interface PullRequest {
  /** Its number in the repository. */
  readonly number: number;
  /** Its web address. */
  readonly url: string;
  /** The branch with the change. */
  readonly headBranch: string;
  /** The newest commit of that branch. */
  readonly headCommit: string;
  /** The branch it is to be merged into. */
  readonly baseBranch: string;
  /** `closed`: without having been merged. */
  readonly state: "open" | "merged" | "closed";
  /** True when its head lies in another repository. */
  readonly isFromFork: boolean;
  /** The name of its conversation as a thread, the one its webhooks carry in `threadAliases`. */
  readonly threadAlias: string;
}

/** Which pull request to look for: by number, or ours by its head branch. */
export type PullRequestQuery = { readonly number: number } | { readonly headBranch: string };

/** A pull request to open. */
export interface PullRequestDraft {
  /** The branch with the change. */
  readonly headBranch: string;
  /** The branch it is to be merged into. */
  readonly baseBranch: string;
  /** True if the repository's default branch takes the place of a base that is gone. @defaultValue false */
  readonly mayUseDefaultBranch?: boolean;
  /** One line of plain text, in which no mention and no closing word is active. */
  readonly title: string;
  /** Inert CommonMark. */
  readonly body: string;
}

/** The repository side of a provider. Throws AgentBotError `PROVIDER_…` by the host's answer. */
export interface CodeHost {
  /** A credential narrowed to this repository. */
  credentials(repository: RepositoryRef, options: { readonly signal: AbortSignal }): Promise<RepositoryCredential>;
  /** Returns the permission of an account in a repository. */
  permission(
    repository: RepositoryRef,
    actor: Actor,
    options: { readonly signal: AbortSignal },
  ): Promise<RepositoryPermission>;
  /** A file of the default branch as text, or null. */
  readFile(repository: RepositoryRef, path: string, options: { readonly signal: AbortSignal }): Promise<string | null>;
  /** Returns the pull request of a branch, or null. */
  findPullRequest(
    repository: RepositoryRef,
    query: PullRequestQuery,
    options: { readonly signal: AbortSignal },
  ): Promise<PullRequest | null>;
  /** Opens a pull request. */
  openPullRequest(
    repository: RepositoryRef,
    draft: PullRequestDraft,
    options: { readonly signal: AbortSignal },
  ): Promise<PullRequest>;
}
