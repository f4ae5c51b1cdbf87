import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AgentBotError } from "@agentbot/core";
import { createManualClock, eventually, rejectsWithCode } from "@agentbot/core/testing";
import { type BundledProgram, bundleProgram, inPidNamespace } from "@agentbot/test-services";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type DataDirectoryLock, lockDataDirectory } from "../../src/embedded/data-directory-lock.js";
import { startProgram } from "../fixtures/start-program.js";
import { temporaryDirectories } from "../fixtures/temporary-directory.js";

const temporaryDirectory = temporaryDirectories();
const container = (await inPidNamespace()) ?? undefined;
let program: BundledProgram;

beforeAll(async () => {
  program = await bundleProgram(new URL("../fixtures/programs/lock-directory.ts", import.meta.url));
});
afterAll(() => program.remove());

async function startReady(directory: string, through: readonly string[] = []) {
  const started = startProgram(program.path, [directory], through);
  onTestFinished(() => started.kill());
  await started.line(/^ready$/);
  return started;
}

async function startHolder(directory: string, through: readonly string[] = []) {
  const holder = await startReady(directory, through);
  holder.process.stdin?.write("go\n");
  await holder.line(/^held$/);
  return holder;
}

describe("the lock of a data directory", () => {
  test("is refused where nothing can be written, naming the place and the fix", async () => {
    const directory = await temporaryDirectory();
    const file = join(directory, "a-file");
    writeFileSync(file, "");
    for (const place of [file, join(file, "below")]) {
      const refusal = await lockDataDirectory(place).catch((error: unknown) => error);
      expect(AgentBotError.hasCode(refusal, "STORE_UNAVAILABLE")).toBe(true);
      expect(String(refusal)).toContain(`The data directory ${place} cannot be written (E`);
    }
  });

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
    expect(readdirSync(directory)).not.toEqual([]);
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

  test.runIf(container)(
    "is one over PID namespaces, and taken over at once from a killed process of another",
    async () => {
      const directory = await temporaryDirectory();
      const holder = await startHolder(directory, container);
      await rejectsWithCode(lockDataDirectory(directory), "DATA_DIRECTORY_LOCKED");
      const rival = await startReady(directory, container);
      rival.process.stdin?.write("go\n");
      expect(await rival.line(/^(held|refused|failed)/)).toBe("refused DATA_DIRECTORY_LOCKED");
      await holder.kill();
      await startHolder(directory, container);
      await rejectsWithCode(lockDataDirectory(directory), "DATA_DIRECTORY_LOCKED");
    },
  );

  test("stays with a process that is stopped and goes on later", async () => {
    const directory = await temporaryDirectory();
    const holder = await startHolder(directory);
    holder.process.kill("SIGSTOP");
    await rejectsWithCode(lockDataDirectory(directory), "DATA_DIRECTORY_LOCKED");
  });

  test("gives up when the signal aborts, and leaves nothing behind", async () => {
    const directory = await temporaryDirectory();
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(lockDataDirectory(directory, { signal })).rejects.toThrow("enough");
    expect(readdirSync(directory)).toEqual([]);
  });
});

describe("the lock of a data directory that another machine has used, whose sockets cannot be reached", () => {
  const name = "lock-0123456789abcdef";
  const beat = (directory: string, beat: number): void => {
    const claim = {
      pid: 7,
      host: "elsewhere",
      place: "another boot:1",
      socket: null,
      owner: "another",
      isHeld: true,
      beat,
    };
    writeFileSync(join(directory, name), JSON.stringify(claim));
  };
  const startLocking = async () => {
    const directory = await temporaryDirectory();
    beat(directory, 1);
    const clock = createManualClock();
    const locking = lockDataDirectory(directory, { clock });
    locking.catch(() => {});
    onTestFinished(async () => (await locking.catch(() => null))?.release());
    await eventually("the wait for its heartbeat", () => (clock.sleeperCount === 1 ? true : null));
    return { directory, clock, locking };
  };

  test("is refused when its heartbeat goes on, with the process, its machine and the time to wait", async () => {
    const { directory, clock, locking } = await startLocking();
    beat(directory, 2);
    await clock.advance(500);
    await expect(locking).rejects.toThrow(/^Process 7 of elsewhere has .* start this one 15 seconds later\.$/);
    expect(readdirSync(directory)).toEqual([name]);
  });

  test("is taken over after 15 seconds without a heartbeat, by this machine's own clock, and not before", async () => {
    const { directory, clock, locking } = await startLocking();
    clock.set(new Date("2036-01-01T00:00:00Z"));
    await clock.advance(14_400);
    expect(readdirSync(directory)).toContain(name);
    await clock.advance(1000);
    const lock = await locking;
    expect([lock.isHeld(), readdirSync(directory).includes(name)]).toEqual([true, false]);
  });

  test("has a heartbeat of its own, and is lost once its claim is removed", async () => {
    const directory = await temporaryDirectory();
    const lock: DataDirectoryLock = await lockDataDirectory(directory);
    onTestFinished(() => lock.release());
    const [claim = ""] = readdirSync(directory).filter((entry) => /^lock-[0-9a-f]+$/.test(entry));
    const before = readFileSync(join(directory, claim), "utf8");
    await eventually("a heartbeat", () => (readFileSync(join(directory, claim), "utf8") === before ? null : true));
    expect(lock.isHeld()).toBe(true);
    rmSync(join(directory, claim));
    expect(lock.isHeld()).toBe(false);
  });
});
