import { chmod, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSilentLogger, type Logger } from "@agentbot/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeDirectory } from "../../src/compose/make-directory.js";

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "agentbot-data-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function warningsFor(path: string): Promise<readonly string[]> {
  const warnings: string[] = [];
  const logger: Logger = { ...createSilentLogger(), warn: (_, message) => warnings.push(message ?? "") };
  await makeDirectory("DATA_DIR", path, logger);
  return warnings;
}

test("a new directory is private, whatever the umask", async () => {
  const path = join(root, "new");
  const before = process.umask(0);
  try {
    expect(await warningsFor(path)).toEqual([]);
  } finally {
    process.umask(before);
  }
  expect((await stat(path)).mode & 0o777).toBe(0o700);
});

test.each([0o777, 0o750, 0o701])(
  "a directory of mode %o that is there already is a warning with the remedy",
  async (mode) => {
    await chmod(root, mode);
    expect(await warningsFor(root)).toEqual([expect.stringMatching(/^DATA_DIR is open to other users.*chmod 700$/)]);
    await chmod(root, 0o700);
    expect(await warningsFor(root)).toEqual([]);
  },
);
