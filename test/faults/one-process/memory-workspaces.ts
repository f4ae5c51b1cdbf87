import { createHash } from "node:crypto";
import { AgentBotError, type Workspace, type WorkspaceFactory } from "@agentbot/core";

/** A git server reduced to branches that are made once and never moved. */
export interface MemoryBranches {
  readonly branches: ReadonlyMap<string, string>;
  /** Tries to move a branch that is there with another commit. */
  readonly conflictCount: number;
  /** Makes a branch, as a person would too. */
  push(branch: string, commit: string): void;
}

/** No branch yet. */
export function createMemoryBranches(): MemoryBranches {
  const branches = new Map<string, string>();
  let conflictCount = 0;
  return {
    branches,
    get conflictCount() {
      return conflictCount;
    },
    push(branch, commit) {
      const present = branches.get(branch);
      if (present !== undefined && present !== commit) {
        conflictCount += 1;
        throw new AgentBotError("BRANCH_CONFLICT", `${branch} exists with another commit`);
      }
      branches.set(branch, commit);
    },
  };
}

/** Work trees without files: every commit is another one, as two runs of a model are, and only a bundle brings one back. */
export function createMemoryWorkspaces(remote: MemoryBranches): WorkspaceFactory {
  let commitCount = 0;
  return {
    async prepare({ taskId, threadId }, { signal }) {
      signal.throwIfAborted();
      const known = new Set<string>();
      const workspace: Workspace = {
        directory: `/nowhere/trees/${taskId}`,
        homeDirectory: `/nowhere/homes/${threadId}`,
        gitDirectory: "/nowhere/git",
        cacheDirectory: "/nowhere/cache",
        baseCommit: "0".repeat(40),
        notes: [],
        async commit() {
          commitCount += 1;
          const commit = createHash("sha1").update(`${taskId} ${commitCount}`).digest("hex");
          known.add(commit);
          return {
            status: "committed",
            commit,
            diffStat: "fixed.txt | 1 +",
            leftOut: null,
            bundle: Buffer.from(commit),
          };
        },
        async restore(bundle) {
          known.add(Buffer.from(bundle).toString());
        },
        async publish({ branch, commit }, { signal: publishing }) {
          publishing.throwIfAborted();
          if (!known.has(commit)) throw new AgentBotError("GIT_FAILED", `no commit ${commit} here`);
          remote.push(branch, commit);
        },
      };
      return { workspace, dispose: async () => {} };
    },
  };
}
