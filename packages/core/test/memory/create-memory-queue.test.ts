import { createMemoryQueue } from "@agentbot/core/memory";
import { createManualClock, queueEntryFixture, taskQueueContract } from "@agentbot/core/testing";
import { describe, expect, test } from "vitest";

const signal = new AbortController().signal;

describe("the memory queue keeps the queue contract", () => {
  const create = async () => {
    const queue = createMemoryQueue();
    const createLimited = (installationConcurrency: number) => createMemoryQueue({ installationConcurrency });
    return { subject: { queue, createLimited }, dispose: () => queue.close() };
  };
  for (const { name, run } of taskQueueContract({ create })) test(name, run);
});

describe("the memory queue by a clock of the test", () => {
  const make = () => {
    const clock = createManualClock();
    return { clock, queue: createMemoryQueue({ clock }) };
  };
  const claimIds = async (queue: ReturnType<typeof createMemoryQueue>, limit = 10) =>
    (await queue.claim({ limit, leaseMs: 1000, waitMs: 0, signal })).map(({ entry }) => entry.id);

  test("waiting a minute is worth one step of priority, so that nothing starves", async () => {
    const { clock, queue } = make();
    const alert = queueEntryFixture({ priority: 30 });
    await queue.enqueue([alert]);
    await clock.advance(19 * 60_000);
    const mention = queueEntryFixture({ priority: 10 });
    await queue.enqueue([mention]);
    await clock.advance(2 * 60_000);
    const lateMention = queueEntryFixture({ priority: 10 });
    await queue.enqueue([lateMention]);
    expect(await claimIds(queue)).toEqual([mention.id, alert.id, lateMention.id]);
  });

  test("a clock that is set back does not turn the order round", async () => {
    const { clock, queue } = make();
    const entries = [queueEntryFixture(), queueEntryFixture()] as const;
    await queue.enqueue([entries[0]]);
    clock.set(new Date("2026-11-22T08:00:00Z"));
    await queue.enqueue([entries[1]]);
    expect(await claimIds(queue)).toEqual(entries.map(({ id }) => id));
  });

  test("a lease holds to its last millisecond and not beyond", async () => {
    const { clock, queue } = make();
    await queue.enqueue([queueEntryFixture()]);
    const [held] = await queue.claim({ limit: 1, leaseMs: 1000, waitMs: 0, signal });
    await clock.advance(999);
    expect(await claimIds(queue)).toEqual([]);
    expect(await held?.extend(1000)).toBe(true);
    await clock.advance(1000);
    expect(await held?.extend(1000)).toBe(false);
    expect(await claimIds(queue)).toEqual([held?.entry.id]);
  });

  test("a waiting claim gives up after its time, and not before", async () => {
    const { clock, queue } = make();
    let answer: number | null = null;
    const waiting = queue.claim({ limit: 1, leaseMs: 1000, waitMs: 5000, signal }).then((entries) => {
      answer = entries.length;
    });
    await clock.advance(4999);
    expect(answer).toBeNull();
    await clock.advance(1);
    await waiting;
    expect(answer).toBe(0);
    expect(clock.sleeperCount).toBe(0);
  });

  test("stats say how long the oldest waiting entry has waited", async () => {
    const { clock, queue } = make();
    await queue.enqueue([queueEntryFixture({ delayMs: 1000 })]);
    await clock.advance(1500);
    await queue.enqueue([queueEntryFixture()]);
    await clock.advance(500);
    expect(await queue.stats()).toEqual({ waiting: 2, delayed: 0, claimed: 0, buried: 0, oldestWaitingMs: 1000 });
  });
});

test("neither a far due time nor an endless wait overflows a timer", async () => {
  const warnings: string[] = [];
  const onWarning = ({ name }: Error): void => {
    warnings.push(name);
  };
  process.on("warning", onWarning);
  const queue = createMemoryQueue();
  await queue.enqueue([queueEntryFixture({ delayMs: 40 * 86_400_000 })]);
  const waiting = queue.claim({ limit: 1, leaseMs: 1000, waitMs: Number.POSITIVE_INFINITY, signal });
  await new Promise((resolve) => setTimeout(resolve, 50));
  await queue.close();
  expect(await waiting).toEqual([]);
  process.off("warning", onWarning);
  expect(warnings).toEqual([]);
});

test("a claim for no entries at all ends at once", async () => {
  const queue = createMemoryQueue();
  expect(await queue.claim({ limit: 0, leaseMs: 1000, waitMs: 60_000, signal })).toEqual([]);
});

test("options that make no sense are refused, each by name", () => {
  expect(() => createMemoryQueue({ agingMs: 0 })).toThrow("createMemoryQueue: agingMs");
});
