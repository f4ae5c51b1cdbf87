import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { AgentBotError, type Workspace, type WorkspaceFactory } from "@agentbot/core";
import type { ProcessSettings } from "../process-settings.js";

const baseCommit = "0".repeat(40);

/** Work trees that are plain directories; their branches are published to the world's branch server. */
export function createBranchWorkspaces({ directory, name, branchesUrl }: ProcessSettings): WorkspaceFactory {
  return {
    async prepare({ threadId }, { signal }) {
      signal.throwIfAborted();
      const root = join(directory, name);
      const homeDirectory = join(root, "homes", threadId);
      await mkdir(homeDirectory, { recursive: true });
      const tree = await mkdtemp(join(root, "tree-"));
      return {
        workspace: openWorkspace(tree, homeDirectory, { branchesUrl, name }),
        dispose: () => rm(tree, { recursive: true, force: true }),
      };
    },
  };
}

function openWorkspace(
  directory: string,
  homeDirectory: string,
  { branchesUrl, name }: Pick<ProcessSettings, "branchesUrl" | "name">,
): Workspace {
  return {
    directory,
    homeDirectory,
    gitDirectory: join(homeDirectory, "git"),
    cacheDirectory: join(homeDirectory, "cache"),
    baseCommit,
    notes: [],
    async commit({ message, at }, { signal }) {
      signal.throwIfAborted();
      const bundle = await readFile(join(directory, "fixed.txt")).catch(() => null);
      if (bundle === null) return { status: "unchanged", leftOut: null };
      // Frozen like git's: the same work at the same time is the same commit.
      const about = JSON.stringify([message, at.toISOString(), bundle.toString()]);
      const commit = createHash("sha1").update(about).digest("hex");
      return { status: "committed", commit, diffStat: "fixed.txt | 1 +", leftOut: null, bundle };
    },
    async restore() {
      // A commit's name is all that the branch server keeps.
    },
    async publish({ branch, commit }, { signal }) {
      const url = `${branchesUrl}/${encodeURIComponent(branch)}`;
      const headers = { "x-world-process": name };
      const response = await fetch(url, { method: "PUT", body: commit, headers, signal }).catch((cause: unknown) => {
        signal.throwIfAborted();
        throw new AgentBotError("GIT_FAILED", `${branch} could not be pushed: ${cause}`, { cause, isOutage: true });
      });
      if (response.status === 409) throw new AgentBotError("BRANCH_CONFLICT", `${branch} exists with another commit`);
      if (!response.ok) throw new AgentBotError("GIT_FAILED", `${branch}: ${response.status}`, { isRetryable: true });
    },
  };
}
