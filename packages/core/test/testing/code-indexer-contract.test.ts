import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CodeIndexer } from "@agentbot/core";
import { codeIndexerContract } from "@agentbot/core/testing";
import { describe, expect, test } from "vitest";
import { casesThatMissIt } from "./support/broken-cases.js";
import { createListingIndexer } from "./support/create-listing-indexer.js";

const dispose = async (): Promise<void> => {};
const whole = createListingIndexer();

describe("the plainest indexer keeps the code indexer contract", () => {
  const cases = codeIndexerContract({ create: async () => ({ subject: whole, dispose }) });
  for (const { name, run } of cases) test(name, run);
});

describe("the code indexer suite", () => {
  const missed = (about: RegExp, map: CodeIndexer["map"]) =>
    casesThatMissIt(codeIndexerContract({ create: async () => ({ subject: { map }, dispose }) }), about);

  test("catches a map of the newest commit, of nothing, or without end", async () => {
    let newest = "";
    const ofNewest: CodeIndexer["map"] = async (request, options) => {
      newest ||= request.commit;
      return await whole.map({ ...request, commit: newest }, options);
    };
    expect(await missed(/that was asked for/, ofNewest)).toEqual([]);
    const empty = async () => ({ text: "", fileCount: 0, mcpServer: null });
    expect(await missed(/names the files/, empty)).toEqual([]);
    const endless: CodeIndexer["map"] = (request, options) =>
      whole.map({ ...request, maxCharacters: 1_000_000 }, options);
    expect(await missed(/never longer/, endless)).toEqual([]);
  });

  test("catches a map that differs each time, or is whatever its cache holds", async () => {
    const restless: CodeIndexer["map"] = async (request, options) => {
      const found = await whole.map(request, options);
      return { ...found, text: `${found.text}${performance.now()}` };
    };
    expect(await missed(/give the same map/, restless)).toEqual([]);
    const caching: CodeIndexer["map"] = async (request, options) => {
      const place = join(request.cacheDirectory, "map.txt");
      const found = await whole.map(request, options);
      const text = await readFile(place, "utf8").catch(() => found.text);
      await writeFile(place, text);
      return { ...found, text };
    };
    expect(await missed(/give the same map/, caching)).toEqual([]);
  });

  test("catches an indexer that ignores its signal, or a server without a program, or one with a path of the host", async () => {
    const deaf: CodeIndexer["map"] = (request) => whole.map(request, { signal: new AbortController().signal });
    expect(await missed(/aborted request/, deaf)).toEqual([]);
    const serving: CodeIndexer["map"] = async (request, options) => ({
      ...(await whole.map(request, options)),
      mcpServer: { readOnly: [], inside: () => ({ name: "code", program: "", arguments: [], environment: {} }) },
    });
    expect(await missed(/server for the agent/, serving)).toEqual([]);
    const outside: CodeIndexer["map"] = async (request, options) => ({
      ...(await whole.map(request, options)),
      mcpServer: {
        readOnly: [],
        inside: () => ({ name: "code", program: "code", arguments: [`${request.cacheDirectory}/db`], environment: {} }),
      },
    });
    expect(await missed(/server for the agent/, outside)).toEqual([]);
  });
});
