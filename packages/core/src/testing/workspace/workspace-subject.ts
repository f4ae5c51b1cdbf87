import type { RepositoryCredential } from "../../ports/code-host.js";
import type { WorkspaceFactory } from "../../ports/workspace-factory.js";
import type { RepositoryRef } from "../../task/repository-ref.js";

/** A file of a commit. */
export interface RemoteFile {
  /** The mode as git writes it, such as `100755`. */
  readonly mode: string;
  /** Its content. */
  readonly text: string;
}

/** A repository on a real server, at first without any commit. */
export interface RemoteRepository {
  /** Its default branch is `main`. */
  readonly repository: RepositoryRef;
  /** The right to read and write. */
  readonly credential: RepositoryCredential;
  /** Well-formed, and refused by the server. */
  readonly refusedCredential: RepositoryCredential;
  /** Adds a commit with these files, by path, to a branch, which is created if it does not exist; returns the commit's id. */
  commitFiles(branch: string, files: Readonly<Record<string, string | RemoteFile>>): Promise<string>;
  /** Returns the commit at the head of a branch, or null. */
  headOf(branch: string): Promise<string | null>;
  /** Returns the files of a commit, by path. */
  filesOf(commit: string): Promise<ReadonlyMap<string, RemoteFile>>;
}

/** The subject of {@link workspaceFactoryContract}: a factory and a repository that it can reach. */
export interface WorkspaceSubject {
  /** The factory under test. */
  readonly workspaces: WorkspaceFactory;
  /** The repository, at its server. */
  readonly remote: RemoteRepository;
}
