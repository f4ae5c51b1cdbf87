import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createManualClock, eventually } from "@agentbot/core/testing";
import { bundleProgram, inPidNamespace } from "@agentbot/test-services";
import { afterEach, beforeEach, expect, test } from "vitest";
import { acquireTicketLock, thisLockOwner } from "../../src/ticket-lock.js";
import { startProgram } from "../fixtures/start-program.js";

const container = (await inPidNamespace()) ?? undefined;
const { signal } = new AbortController();
const forever = { signal, takeOverAfterMs: null };
let directory: string;

beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), "agentbot-lock-")), "lock");
});
afterEach(() => rm(join(directory, ".."), { recursive: true, force: true }));

test("one holder at a time, and each of many gets its turn", async () => {
  let holders = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    const lock = await acquireTicketLock(directory, { ...forever, signal: new AbortController().signal });
    holders += 1;
    most = Math.max(most, holders);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await lock.isHeld()).toBe(true);
    holders -= 1;
    await lock.release();
  };
  await Promise.all(Array.from({ length: 20 }, work));
  expect(most).toBe(1);
  expect((await readdir(directory)).length).toBeLessThanOrEqual(2);
});

test("processes exclude each other: no increment of a shared counter is lost", async () => {
  const program = await bundleProgram(new URL("../fixtures/count-program.ts", import.meta.url));
  const counter = join(directory, "../counter");
  await writeFile(counter, "0");
  const children = Array.from({ length: 4 }, () => startProgram(program.path, { directory, counter, times: 50 }));
  const ends = await Promise.all(children.map((child) => child.ended));
  expect(ends).toEqual(children.map(() => ({ exitCode: 0, stderr: "" })));
  expect(await readFile(counter, "utf8")).toBe("200");
  await program.remove();
});

test("a waiting process takes the lock of a killed holder", async () => {
  const program = await bundleProgram(new URL("../fixtures/hold-program.ts", import.meta.url));
  const holder = startProgram(program.path, { directory });
  expect(await holder.firstLine).toBe("held");
  const waiting = acquireTicketLock(directory, forever);
  await holder.kill();
  const lock = await waiting;
  expect(await lock.isHeld()).toBe(true);
  await lock.release();
  await program.remove();
});

test.each([
  // No process has this number: it means nothing in another PID namespace.
  ["a holder in another container or machine", JSON.stringify({ pid: 2 ** 22 + 1, machine: "elsewhere" })],
  ["a ticket that was made but not written", ""],
])("%s counts as dead 30 seconds after its last heartbeat, by the own clock, and not before", async (_, content) => {
  await mkdir(directory);
  const ticket = join(directory, "7");
  await writeFile(ticket, content);
  // The holder's date is an hour behind.
  const touch = (minute: number): Promise<void> => utimes(ticket, 0, new Date(Date.UTC(2026, 0, 1, 0, minute)));
  await touch(0);
  const clock = createManualClock();
  const isWaiting = () => eventually("the wait for the holder", () => (clock.sleeperCount === 1 ? true : null));
  const acquiring = acquireTicketLock(directory, { ...forever, clock });
  await isWaiting();
  await clock.advance(29_000);
  await isWaiting();
  await touch(1);
  await clock.advance(29_000);
  await isWaiting();
  expect(await readdir(directory)).toEqual(["7"]);
  await clock.advance(30_000);
  const lock = await acquiring;
  expect((await readdir(directory)).sort()).toEqual(["7", "8"]);
  await lock.release();
});

test.runIf(container)("processes in PID namespaces of their own exclude each other", async () => {
  const program = await bundleProgram(new URL("../fixtures/count-program.ts", import.meta.url));
  const counter = join(directory, "../counter");
  await writeFile(counter, "0");
  const children = Array.from({ length: 3 }, () =>
    startProgram(program.path, { directory, counter, times: 30 }, null, container),
  );
  const ends = await Promise.all(children.map((child) => child.ended));
  expect(ends).toEqual(children.map(() => ({ exitCode: 0, stderr: "" })));
  expect(await readFile(counter, "utf8")).toBe("90");
  await program.remove();
});

test("a lock can be taken from a living holder, whose isHeld is false then", async () => {
  const old = await acquireTicketLock(directory, forever);
  const taken = await acquireTicketLock(directory, { signal, takeOverAfterMs: 60 });
  expect([await old.isHeld(), await taken.isHeld()]).toEqual([false, true]);
  await old.release();
  expect(await taken.isHeld()).toBe(true);
  await taken.release();
  expect(await taken.isHeld()).toBe(false);
});

test("the owner of a lock is this process on this machine", async () => {
  const owner = await thisLockOwner();
  expect(owner.pid).toBe(process.pid);
  expect(await thisLockOwner()).toEqual(owner);
});
