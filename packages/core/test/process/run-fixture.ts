import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import type { LaunchResult } from "../../src/ports/launch.js";
import { type ProcessRequest, runProcess } from "../../src/process/index.js";

/** Runs a fixture program with node and collects its lines. */
export async function runFixture(
  name: string,
  words: readonly string[] = [],
  overrides: Partial<ProcessRequest> = {},
): Promise<LaunchResult & { readonly lines: readonly string[] }> {
  const lines: string[] = [];
  const result = await runProcess({
    program: process.execPath,
    arguments: [fileURLToPath(new URL(`./fixtures/${name}.mjs`, import.meta.url)), ...words],
    directory: tmpdir(),
    environment: {},
    signal: new AbortController().signal,
    onLine: (line) => {
      lines.push(line);
    },
    ...overrides,
  });
  return { ...result, lines };
}
