import { join } from "node:path";

/** Where everything of one factory lies, below its one directory. Every part of a path was checked before. */
export interface WorkspaceLayout {
  /** The empty home git processes run with. */
  readonly gitHome: string;
  /** Below it, `<installation>/<thread>` for each thread. */
  readonly threads: string;
  mirror(installationId: string, mirrorName: string): MirrorLayout;
  thread(installationId: string, threadId: string): ThreadLayout;
}

/** The mirror of one repository: numbered generations, of which the highest is in use. */
export interface MirrorLayout {
  readonly generations: string;
  readonly lock: string;
}

/** The place of one thread. Stable, since agents find a thread's sessions by the path they ran in. */
export interface ThreadLayout {
  readonly root: string;
  readonly home: string;
  readonly tree: string;
  /** The trusted GIT_DIR: a sibling of the tree that no agent is given. */
  readonly gitDirectory: string;
  readonly lock: string;
}

/** Lays out the directory of a factory. */
export function layOutWorkspaces(directory: string): WorkspaceLayout {
  const threads = join(directory, "threads");
  return {
    gitHome: join(directory, "git-home"),
    threads,
    mirror(installationId, mirrorName) {
      const root = join(directory, "mirrors", installationId, mirrorName);
      return { generations: join(root, "generations"), lock: join(root, "lock") };
    },
    thread(installationId, threadId) {
      const root = join(threads, installationId, threadId);
      return {
        root,
        home: join(root, "home"),
        tree: join(root, "workspace"),
        gitDirectory: join(root, "git"),
        lock: join(root, "lock"),
      };
    },
  };
}
