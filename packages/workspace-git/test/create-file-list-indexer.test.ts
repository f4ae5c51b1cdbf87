import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CodeIndexer } from "@agentbot/core";
import { codeIndexerContract } from "@agentbot/core/testing";
import { createBareRepository } from "@agentbot/workspace-git/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createFileListIndexer, type FileListIndexerOptions } from "../src/index.js";

const repository = { provider: "github", tenant: "1", id: "1", path: "octocat/hello", defaultBranch: "main" };
const { signal } = new AbortController();
let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "agentbot-list-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** Lists a commit of these files, each with its path as content. */
async function list(
  paths: readonly string[],
  options: FileListIndexerOptions = {},
  maxCharacters = 1000,
): Promise<string[]> {
  const files = Object.fromEntries(paths.map((path) => [path, path]));
  const made = await createBareRepository({ root, path: "octocat/hello.git", files });
  const request = {
    repository,
    gitDirectory: made.directory,
    commit: made.commit ?? "",
    question: "",
    cacheDirectory: root,
    maxCharacters,
  };
  return (await createFileListIndexer(options).map(request, { signal })).text.split("\n");
}

describe("the file list indexer", () => {
  const create = async () => ({ subject: createFileListIndexer(), dispose: async () => {} });
  for (const { name, run } of codeIndexerContract({ create })) test(name, run);

  test("lists the files in order, hidden ones included", async () => {
    const paths = ["src/b.ts", "src/a.ts", "README.md", ".github/agentbot.yml", "src/a/c.ts"];
    expect(await list(paths)).toEqual([".github/agentbot.yml", "README.md", "src/a.ts", "src/a/c.ts", "src/b.ts"]);
  });

  test("has the number of missing files if they do not fit", async () => {
    const paths = ["a.ts", "b.ts", "c.ts", "d.ts", "e.ts", "f.ts", "g.ts"];
    expect(await list(paths, {}, 29)).toEqual(["a.ts", "b.ts", "(and 5 more files)"]);
  });

  test("prefers shallow files if there are too many, and adds that there are more", async () => {
    const paths = ["deep/er/a.ts", "deep/b.ts", "z.ts"];
    expect(await list(paths, { maxFiles: 2 })).toEqual(["deep/b.ts", "z.ts", "(and more files)"]);
  });

  test("needs no work tree, and none of the host's variables but those of the options", async () => {
    expect(await list(["a.ts"], { hostEnvironment: process.env })).toEqual(["a.ts"]);
    await expect(list(["a.ts"], { gitProgram: "no-such-git" })).rejects.toMatchObject({ code: "PROCESS_FAILED" });
  });

  test("refuses a commit that could be an option", async () => {
    const request = { repository, gitDirectory: root, question: "", cacheDirectory: root, maxCharacters: 100 };
    const mapped = createFileListIndexer().map({ ...request, commit: "--help" }, { signal });
    await expect(mapped).rejects.toMatchObject({ code: "GIT_NAME_INVALID" });
  });

  test("names a wrong option", () => {
    expect(() => createFileListIndexer({ maxFiles: 0 })).toThrow(/createFileListIndexer: maxFiles/);
  });
});

describe("the code indexer contract catches an indexer that", () => {
  const whole = createFileListIndexer();
  /** Each keeps the contract but for one clause. */
  const broken: Readonly<Record<string, CodeIndexer>> = {
    "ignores the length": { map: (request, options) => whole.map({ ...request, maxCharacters: 1_000_000 }, options) },
    "finds nothing": { map: async () => ({ text: "", fileCount: 0, mcpServer: null }) },
    "ignores the signal": { map: (request) => whole.map(request, { signal }) },
    "returns another map each time": {
      async map(request, options) {
        const found = await whole.map(request, options);
        return { ...found, text: `${found.text}${performance.now()}` };
      },
    },
    "counts links": {
      async map(request, options) {
        const found = await whole.map(request, options);
        return { ...found, fileCount: found.fileCount + 1 };
      },
    },
  };

  test.each(Object.entries(broken))("%s", async (_, subject) => {
    const cases = codeIndexerContract({ create: async () => ({ subject, dispose: async () => {} }) });
    const outcomes = await Promise.allSettled(cases.map(({ run }) => run()));
    expect(outcomes.some(({ status }) => status === "rejected")).toBe(true);
  });
});
