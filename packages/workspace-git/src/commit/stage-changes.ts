import type { TreeReader } from "./list-candidates.js";
import type { TreeChanges } from "./scan-changes.js";

const nullId = "0".repeat(40);

/** Brings the private index to what the agent left and writes it as a tree. */
export async function stageChanges(reader: TreeReader, changes: TreeChanges): Promise<string> {
  const { git, gitDirectory, indexFile, tree, signal } = reader;
  const command = { action: "staging the agent's change", gitDirectory, indexFile, workTree: tree, signal };
  if (changes.removed.length > 0) {
    const input = list(changes.removed.map((path) => `0 ${nullId}\t${path}`));
    await git.run({ ...command, arguments: ["update-index", "-z", "--index-info"], input });
  }
  if (changes.written.length > 0) {
    const words = ["update-index", "-z", "--add", "--replace", "--stdin"];
    await git.run({ ...command, arguments: words, input: list(changes.written) });
  }
  const written = await git.run({ ...command, arguments: ["write-tree"] });
  return written.toString("utf8").trim();
}

function list(lines: readonly string[]): Buffer {
  return Buffer.from(`${lines.join("\0")}\0`, "latin1");
}
