import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { queueEntryFixture } from "@agentbot/core/testing";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { type Program, prepareProgram } from "./support/start-program.js";
import { entriesInTime, startQueue } from "./support/start-queue.js";

const url = inject("redisUrl");
let program: Program;
beforeAll(async () => {
  program = await prepareProgram("hold-tasks");
});
afterAll(() => program.remove());

test("a worker that was stopped past its lease changes nothing when it continues, and leaves the lease of its successor", async () => {
  await using started = startQueue(url);
  const [first, second] = entriesInTime(2);
  if (!first || !second) throw new Error("two entries");
  await started.queue.enqueue([first, second]);
  const sleeper = program.start(url, started.name, "500");
  expect(await sleeper.line()).toBe(`held ${first.id}`);
  sleeper.process.kill("SIGSTOP");
  const taken = await started.claimOne(600_000);
  expect(taken.entry).toEqual(first);

  sleeper.process.kill("SIGCONT");
  sleeper.process.stdin?.write("go on\n");
  expect(await sleeper.line()).toBe("lost, claimed 1");
  expect(await taken.extend(600_000)).toBe(true);
  expect(await started.claim()).toEqual([]);
  await taken.complete();
  expect((await started.claimOne()).entry).toEqual(second);
});

test("a task that kills its worker each time holds up only its lane, and is claimed again after each lease", async () => {
  await using started = startQueue(url);
  const [poison, behind] = entriesInTime(2);
  if (!poison || !behind) throw new Error("two entries");
  await started.queue.enqueue([poison, behind]);
  for (let death = 1; death <= 3; death += 1) {
    const victim = program.start(url, started.name, "300");
    expect(await victim.line()).toBe(`held ${poison.id}`);
    await victim.kill();
    const healthy = queueEntryFixture({ priority: -1000 });
    await started.queue.enqueue([healthy]);
    const claimed = await started.claimOne();
    expect(claimed.entry).toEqual(healthy);
    await claimed.complete();
  }
  const last = await started.claimOne();
  expect(last.entry).toEqual(poison);
  await last.bury("attempts_exhausted");
  expect((await started.claimOne()).entry).toEqual(behind);
});

test.each([
  { how: "in the same turn", pause: async () => {} },
  { how: "a turn later", pause: () => nextTurn() },
])("a busy worker that claims $how sees in time that a lease has ended", async ({ pause }) => {
  await using started = startQueue(url);
  const urgent = queueEntryFixture({ priority: -1_000_000 });
  await started.queue.enqueue([urgent]);
  expect(await started.claim(1, 50)).toHaveLength(1);
  await started.queue.enqueue(Array.from({ length: 100 }, () => queueEntryFixture()));
  let worked = 0;
  for (let id = ""; id !== urgent.id; worked += 1) {
    const [claimed] = await started.claim(1);
    id = claimed?.entry.id ?? urgent.id;
    await sleep(12);
    await claimed?.complete();
    await pause();
  }
  // The lease takes four of these.
  expect(worked).toBeLessThan(10);
});
