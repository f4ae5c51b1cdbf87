import { readdir } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { createFileListIndexer } from "../../src/memory/create-file-list-indexer.js";
import type { CodeIndexer } from "../../src/ports/code-indexer.js";
import { codeIndexerContract } from "../../src/testing/code-indexer-contract.js";

const whole = createFileListIndexer();

/** Each is right but for one thing. */
const broken: Record<string, CodeIndexer> = {
  "lists everything that readdir finds": {
    map: async ({ directory }) => {
      const paths = await readdir(directory, { recursive: true });
      return { text: paths.join("\n"), fileCount: paths.length };
    },
  },
  "does not mind the length": { map: (request) => whole.map({ ...request, maxCharacters: 1_000_000 }) },
  "finds nothing": { map: async () => ({ text: "", fileCount: 0 }) },
  "is never told to stop": { map: (request) => whole.map({ ...request, signal: new AbortController().signal }) },
  "says something new each time": {
    map: async (request) => {
      const { text, fileCount } = await whole.map(request);
      return { text: `${text}${performance.now()}`, fileCount };
    },
  },
};

describe("the code indexer contract catches an indexer that", () => {
  test.each(Object.entries(broken))("%s", async (_, subject) => {
    const cases = codeIndexerContract({ create: async () => ({ subject, dispose: async () => {} }) });
    const outcomes = await Promise.allSettled(cases.map(({ run }) => run()));
    expect(outcomes.some(({ status }) => status === "rejected")).toBe(true);
  });
});
