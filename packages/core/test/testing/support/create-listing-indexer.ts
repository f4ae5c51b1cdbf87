import type { CodeIndexer } from "@agentbot/core";
import { runProcess } from "@agentbot/core/process";

const maxFiles = 5000;

/** The plainest indexer: the paths of a commit as `git ls-tree` prints them, without links and dependencies. */
export function createListingIndexer(): CodeIndexer {
  return {
    async map({ gitDirectory, commit, maxCharacters }, { signal }) {
      signal.throwIfAborted();
      const full = new AbortController();
      const paths: string[] = [];
      await runProcess({
        program: "git",
        arguments: [`--git-dir=${gitDirectory}`, "ls-tree", "-r", commit],
        directory: gitDirectory,
        environment: { PATH: "/usr/local/bin:/usr/bin:/bin" },
        signal: AbortSignal.any([signal, full.signal]),
        onLine(line) {
          const [facts = "", path = ""] = line.split("\t", 2);
          if (!facts.startsWith("100") || path.includes("node_modules/")) return;
          if (paths.push(path) >= maxFiles) full.abort();
        },
      });
      signal.throwIfAborted();
      return { text: paths.join("\n").slice(0, maxCharacters), fileCount: paths.length, mcpServer: null };
    },
  };
}
