import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { TreeReader } from "./list-candidates.js";

/** A changed file and its base: {@link withBaseFiles} may leave out a base that is far larger. */
export interface FileWithBase {
  readonly path: string;
  readonly blob: string;
  /** The bytes that the file has in the tree. */
  readonly size: number;
}

/**
 * Checks out the base's files beside the GIT_DIR for `work`, and removes them. Attributes are read from the base alone: git
 * looks into the index before an empty work tree. A base that no conversion could make as small as the file in the tree is
 * left out, so that the files take at most some four times the tree's.
 */
export async function withBaseFiles<Result>(
  reader: TreeReader,
  files: readonly FileWithBase[],
  work: (directory: string) => Promise<Result>,
): Promise<Result> {
  const { git, gitDirectory, indexFile, signal } = reader;
  const directory = join(gitDirectory, "base-files");
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { mode: 0o700 });
  try {
    const paths = files.length === 0 ? [] : await comparablePaths(reader, files);
    if (paths.length > 0) {
      await git.run({
        action: "Checking out the base beside the agent's tree",
        arguments: ["checkout-index", "-z", "--stdin", "--quiet", "--force"],
        ...{ gitDirectory, indexFile, workTree: directory, signal },
        input: Buffer.from(`${paths.join("\0")}\0`, "latin1"),
      });
    }
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function comparablePaths(reader: TreeReader, files: readonly FileWithBase[]): Promise<readonly string[]> {
  const { git, gitDirectory, signal } = reader;
  const sizes = await git.run({
    action: "Reading the sizes of the base's files",
    arguments: ["cat-file", "--batch-check=%(objectsize)"],
    ...{ gitDirectory, signal },
    input: `${files.map(({ blob }) => blob).join("\n")}\n`,
  });
  const baseSizes = sizes.toString("utf8").split("\n").map(Number);
  return files.filter(({ size }, index) => (baseSizes[index] ?? 0) <= size * 4 + 4096).map(({ path }) => path);
}
