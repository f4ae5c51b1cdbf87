import type { RepositoryCredential } from "../../ports/code-host.js";
import type { WorkspaceFactory } from "../../ports/workspace-factory.js";
import type { RepositoryRef } from "../../task/repository-ref.js";

/** A file of a commit. */
export interface RemoteFile {
  /** The mode as git writes it, such as `100755`. */
  readonly mode: string;
  readonly text: string;
}

/** A repository on a real server, as the contract of `WorkspaceFactory` needs it. It starts without any commit. */
export interface RemoteRepository {
  /** Its default branch is `main`. */
  readonly repository: RepositoryRef;
  readonly credential: RepositoryCredential;
  /** Well-formed, and refused by the server. */
  readonly refusedCredential: RepositoryCredential;
  /** Adds a commit with these files, by path, to a branch, which is made if it is not there; gives the commit's id. */
  commitFiles(branch: string, files: Readonly<Record<string, string | RemoteFile>>): Promise<string>;
  /** The commit a branch is at, or null. */
  headOf(branch: string): Promise<string | null>;
  /** The files of a commit, by path. */
  filesOf(commit: string): Promise<ReadonlyMap<string, RemoteFile>>;
}

/** What {@link workspaceFactoryContract} checks: a factory and a repository it can reach. */
export interface WorkspaceSubject {
  readonly workspaces: WorkspaceFactory;
  readonly remote: RemoteRepository;
}
