import { join } from "node:path";
import type { RepositoryKey } from "./names.js";

/**
 * The paths of one factory, below its one directory. They are keyed by the repository's provider, tenant and id, so that
 * tenants share nothing; every part of a path was checked before.
 */
export interface WorkspaceLayout {
  /** The empty home of git processes. */
  readonly gitHome: string;
  /** Below it, `<provider>/<tenant>/<repository>/<thread>` for each thread. */
  readonly threads: string;
  /** The directories that have a `<provider>/<tenant>` for each tenant. */
  readonly tenantRoots: readonly string[];
  mirror(repository: RepositoryKey): MirrorLayout;
  thread(repository: RepositoryKey, threadId: string): ThreadLayout;
  /** The directory in which indexes of a repository are kept. Agents get to read it, so no two repositories share one. */
  cache(repository: RepositoryKey): string;
}

/** The mirror of one repository: numbered generations, of which the highest is in use. */
export interface MirrorLayout {
  readonly generations: string;
  readonly lock: string;
}

/** The place of one thread in one repository. Stable, since agents look up sessions by the path they ran in. */
export interface ThreadLayout {
  readonly root: string;
  readonly home: string;
  readonly tree: string;
  /** The trusted GIT_DIR: a sibling of the tree to which no agent gets access. */
  readonly gitDirectory: string;
  readonly lock: string;
}

/** Lays out the directory of a factory. */
export function layOutWorkspaces(directory: string): WorkspaceLayout {
  const threads = join(directory, "threads");
  return {
    gitHome: join(directory, "git-home"),
    threads,
    tenantRoots: [threads, join(directory, "mirrors"), join(directory, "caches")],
    mirror({ provider, tenant, id }) {
      const root = join(directory, "mirrors", provider, tenant, id);
      return { generations: join(root, "generations"), lock: join(root, "lock") };
    },
    thread({ provider, tenant, id }, threadId) {
      const root = join(threads, provider, tenant, id, threadId);
      return {
        root,
        home: join(root, "home"),
        tree: join(root, "workspace"),
        gitDirectory: join(root, "git"),
        lock: join(root, "lock"),
      };
    },
    cache: ({ provider, tenant, id }) => join(directory, "caches", provider, tenant, id),
  };
}
