import { describe, expect, test } from "vitest";
import { AgentBotError } from "../../src/errors/agentbot-error.js";
import { systemClock } from "../../src/lifecycle/system-clock.js";
import { createMemoryQueue } from "../../src/memory/create-memory-queue.js";
import { createMemoryStore } from "../../src/memory/create-memory-store.js";
import { createOutageReporter } from "../../src/outages/create-outage-reporter.js";
import type { ClaimedEntry, TaskQueue } from "../../src/ports/task-queue.js";
import { eventually } from "../../src/testing/eventually.js";
import { queueEntryFixture } from "../../src/testing/queue/queue-entry-fixture.js";
import { type ClaimLoopRequest, runClaimLoop } from "../../src/worker/claim-loop.js";
import { createImpatientClock } from "./fixtures/impatient-clock.js";
import { createRecordingLogger } from "./fixtures/recording-logger.js";

function startLoop(queue: TaskQueue, overrides: Partial<ClaimLoopRequest> = {}) {
  const stopping = new AbortController();
  const logger = createRecordingLogger();
  const outages = createOutageReporter({ store: createMemoryStore(), queue, logger, recheckMs: 5 });
  const looping = runClaimLoop({
    ...{
      queue,
      kind: "task",
      concurrency: 2,
      leaseMs: 60_000,
      clock: systemClock,
      logger,
      outages,
      signal: stopping.signal,
    },
    work: (entry: ClaimedEntry) => entry.complete(),
    ...overrides,
  });
  return {
    logger,
    stop: async () => {
      stopping.abort();
      await looping;
    },
  };
}

describe("the claim loop", () => {
  test("never has more runs than places, and fills a place as soon as it is free", async () => {
    const queue = createMemoryQueue();
    await queue.enqueue(Array.from({ length: 12 }, () => queueEntryFixture()));
    const releases: (() => void)[] = [];
    let running = 0;
    let most = 0;
    let done = 0;
    const { stop } = startLoop(queue, {
      concurrency: 3,
      work: async (entry) => {
        running += 1;
        most = Math.max(most, running);
        await new Promise<void>((resolve) => releases.push(resolve));
        await entry.complete();
        running -= 1;
        done += 1;
      },
    });
    while (done < 12) {
      const release = await eventually("a run", () => releases.shift() ?? null);
      release();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await stop();
    expect([most, done, running]).toEqual([3, 12, 0]);
  });

  test("does not spin on a queue that answers nothing at once, as a closed one does", async () => {
    const queue = createMemoryQueue();
    await queue.close();
    let claims = 0;
    const counted: TaskQueue = {
      ...queue,
      claim: async (request) => {
        claims += 1;
        return await queue.claim(request);
      },
    };
    const { stop } = startLoop(counted);
    await eventually("a few claims", () => (claims >= 3 ? true : null));
    const turns = 200;
    const before = claims;
    for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(claims - before).toBeLessThan(turns / 2);
    await stop();
  });

  test("logs once that the queue is down and once that it is back", async () => {
    const queue = createMemoryQueue();
    let failures = 0;
    let isDown = true;
    const flaky: TaskQueue = {
      ...queue,
      stats: async () => {
        if (isDown) throw new AgentBotError("QUEUE_UNAVAILABLE", "connection refused");
        return await queue.stats();
      },
      claim: async (request) => {
        failures += 1;
        isDown = failures <= 5;
        if (isDown) throw new AgentBotError("QUEUE_UNAVAILABLE", "connection refused");
        return await queue.claim(request);
      },
    };
    const entry = queueEntryFixture();
    await queue.enqueue([entry]);
    const { stop, logger } = startLoop(flaky, { clock: createImpatientClock(5) });
    await eventually("the entry to be done", async () => ((await queue.stats()).waiting === 0 ? true : null));
    await eventually("the line that it is back", () => (logger.lines.length >= 2 ? true : null));
    await stop();
    expect(logger.lines.map(({ message }) => message)).toEqual([
      "The queue does not answer; tasks are recorded, and run when it is back",
      "The queue is back",
    ]);
  });
});
