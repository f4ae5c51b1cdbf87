import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AgentBotError } from "@agentbot/core";
import { rejectsWithCode } from "@agentbot/core/testing";
import { type BundledProgram, bundleProgram } from "@agentbot/test-services";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { lockDataDirectory } from "../../src/embedded/data-directory-lock.js";
import { startProgram } from "../fixtures/start-program.js";
import { temporaryDirectories } from "../fixtures/temporary-directory.js";

const temporaryDirectory = temporaryDirectories();
const hasProcesses = existsSync("/proc/self/stat");
let program: BundledProgram;

beforeAll(async () => {
  program = await bundleProgram(new URL("../fixtures/programs/lock-directory.ts", import.meta.url));
});
afterAll(() => program.remove());

async function startReady(directory: string) {
  const started = startProgram(program.path, [directory]);
  onTestFinished(() => started.kill());
  await started.line(/^ready$/);
  return started;
}

async function startHolder(directory: string) {
  const holder = await startReady(directory);
  holder.process.stdin?.write("go\n");
  await holder.line(/^held$/);
  return holder;
}

describe("the lock of a data directory", () => {
  test("is refused while another process holds it, naming that process and the fix", async () => {
    const directory = await temporaryDirectory();
    const holder = await startHolder(directory);
    const refusal = await lockDataDirectory(directory).catch((error: unknown) => error);
    expect(AgentBotError.hasCode(refusal, "DATA_DIRECTORY_LOCKED")).toBe(true);
    expect(String(refusal)).toContain(`Process ${holder.process.pid} has`);
    expect(String(refusal)).toContain("Stop it");
  });

  test("is refused to this process too while it holds it, and free after its release", async () => {
    const directory = await temporaryDirectory();
    const lock = await lockDataDirectory(directory);
    await rejectsWithCode(lockDataDirectory(directory), "DATA_DIRECTORY_LOCKED");
    lock.release();
    lock.release();
    (await lockDataDirectory(directory)).release();
    expect(readdirSync(directory)).toEqual([]);
  });

  test("is taken over from a process that was killed", async () => {
    const directory = await temporaryDirectory();
    const holder = await startHolder(directory);
    await holder.kill();
    expect(readdirSync(directory)).toHaveLength(1);
    (await lockDataDirectory(directory)).release();
    expect(readdirSync(directory)).toEqual([]);
  });

  test("is taken over by one of many that race for a dead owner's", async () => {
    for (let round = 0; round < 3; round += 1) {
      const directory = await temporaryDirectory();
      await (await startHolder(directory)).kill();
      const rivals = await Promise.all(Array.from({ length: 5 }, () => startReady(directory)));
      for (const rival of rivals) rival.process.stdin?.write("go\n");
      const answers = await Promise.all(rivals.map((rival) => rival.line(/^(held|refused|failed)/)));
      expect(answers.toSorted()).toEqual(["held", ...Array<string>(4).fill("refused DATA_DIRECTORY_LOCKED")]);
    }
  });

  test("goes to one of many callers in one process", async () => {
    const directory = await temporaryDirectory();
    const attempts = await Promise.allSettled(Array.from({ length: 8 }, () => lockDataDirectory(directory)));
    expect(attempts.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  test.runIf(hasProcesses)("is taken over when its process number belongs to a later process", async () => {
    const directory = await temporaryDirectory();
    writeFileSync(join(directory, `lock-${process.pid}-1-0123456789abcdef`), `held by process ${process.pid}\n`);
    (await lockDataDirectory(directory)).release();
    expect(readdirSync(directory)).toEqual([]);
  });

  test("gives up when the signal aborts, and leaves nothing behind", async () => {
    const directory = await temporaryDirectory();
    await expect(lockDataDirectory(directory, AbortSignal.abort(new Error("enough")))).rejects.toThrow("enough");
    expect(readdirSync(directory)).toEqual([]);
  });
});
