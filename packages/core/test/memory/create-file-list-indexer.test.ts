import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createFileListIndexer, type FileListIndexerOptions } from "../../src/memory/create-file-list-indexer.js";
import { codeIndexerContract } from "../../src/testing/code-indexer-contract.js";

let tree: string;
beforeEach(async () => {
  tree = await mkdtemp(join(tmpdir(), "agentbot-list-"));
});
afterEach(() => rm(tree, { recursive: true, force: true }));

async function files(...paths: string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(dirname(join(tree, path)), { recursive: true });
    await writeFile(join(tree, path), "");
  }
}

async function list(options: FileListIndexerOptions = {}, maxCharacters = 1000, directory = tree): Promise<string[]> {
  const signal = new AbortController().signal;
  const { text } = await createFileListIndexer(options).map({
    directory,
    commit: "0",
    question: "",
    maxCharacters,
    signal,
  });
  return text.split("\n");
}

describe("the file list indexer", () => {
  const create = async () => ({ subject: createFileListIndexer(), dispose: async () => {} });
  for (const { name, run } of codeIndexerContract({ create })) test(name, run);

  test("lists the files in order, hidden ones included", async () => {
    await files("src/b.ts", "src/a.ts", "README.md", ".github/agentbot.yml", "src/a/c.ts");
    expect(await list()).toEqual([".github/agentbot.yml", "README.md", "src/a.ts", "src/a/c.ts", "src/b.ts"]);
  });

  test("says how many files are left when they don't fit", async () => {
    await files("a.ts", "b.ts", "c.ts", "d.ts", "e.ts", "f.ts", "g.ts");
    expect(await list({}, 29)).toEqual(["a.ts", "b.ts", "(and 5 more files)"]);
  });

  test("prefers shallow files when there are too many, and says that there are more", async () => {
    await files("deep/er/a.ts", "deep/b.ts", "z.ts");
    expect(await list({ maxFiles: 2 })).toEqual(["deep/b.ts", "z.ts", "(and more files)"]);
  });

  test("stops when its time is over", async () => {
    await files("a.ts");
    expect(await list({ timeoutMs: 0 })).toEqual(["(and more files)"]);
  });

  test("maps a root that is itself reached by a link", async () => {
    await files("inside/a.ts");
    await symlink("inside", join(tree, "link"));
    expect(await list({}, 1000, join(tree, "link"))).toEqual(["a.ts"]);
  });

  test("fails when there is no tree", async () => {
    await expect(list({}, 1000, join(tree, "nowhere"))).rejects.toThrow(/ENOENT/);
  });

  test("names a wrong option", () => {
    expect(() => createFileListIndexer({ maxFiles: 0 })).toThrow(/createFileListIndexer: maxFiles/);
  });
});
