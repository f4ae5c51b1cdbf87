import { fork } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCleanupStack } from "@agentbot/core/adapter";
import { eventually } from "@agentbot/core/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BundledProgram, bundleProgram } from "../../src/index.js";
import { isAlive } from "../fixtures/is-alive.js";

let program: BundledProgram;
const cleanup = createCleanupStack();
beforeAll(async () => {
  program = await bundleProgram(new URL("../fixtures/programs/start-servers.ts", import.meta.url));
  cleanup.push(program.remove);
});
afterAll(() => cleanup.run());

test.each([
  ["SIGKILL", []],
  ["SIGKILL", ["--pause"]],
  ["SIGTERM", []],
] as const)("%s to a test run ends its servers and removes their directories %j", async (signal, words) => {
  const directory = await mkdtemp(join(tmpdir(), "agentbot-parent-"));
  cleanup.push(() => rm(directory, { recursive: true, force: true }));
  // The server's user has to get through.
  await chmod(directory, 0o755);
  const parent = fork(program.path, words, { env: { TMPDIR: directory }, execArgv: [], silent: true });
  const [chunk] = await once(parent.stdout ?? parent, "data");
  const { processIds } = JSON.parse(String(chunk));
  expect(processIds.map(isAlive)).toEqual([true, true]);
  expect(await readdir(directory)).toHaveLength(2);
  parent.kill(signal);
  await once(parent, "exit");
  await eventually("the end of the servers", () => (processIds.some(isAlive) ? null : true));
  await eventually("the end of their directories", async () => ((await readdir(directory)).length === 0 ? true : null));
});
