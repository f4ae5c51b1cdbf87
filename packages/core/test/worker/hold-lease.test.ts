import { describe, expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../src/lifecycle/system-clock.js";
import { createSilentLogger } from "../../src/logger/create-silent-logger.js";
import { createMemoryQueue } from "../../src/memory/create-memory-queue.js";
import { createMemoryStore } from "../../src/memory/create-memory-store.js";
import { createOutageReporter } from "../../src/outages/create-outage-reporter.js";
import type { ClaimedEntry } from "../../src/ports/task-queue.js";
import type { HeartbeatResult, TaskStore } from "../../src/ports/task-store.js";
import { createManualClock } from "../../src/testing/create-manual-clock.js";
import { eventually } from "../../src/testing/eventually.js";
import { queueEntryFixture } from "../../src/testing/queue/queue-entry-fixture.js";
import { type HoldLeaseRequest, holdLease } from "../../src/worker/run/hold-lease.js";
import type { StopReason } from "../../src/worker/run/hold-run.js";

/** A heartbeat whose answers the test gives, and what came of it. */
function startHolding(
  heartbeat: () => Promise<HeartbeatResult>,
  overrides: Partial<HoldLeaseRequest> = {},
  extend: ClaimedEntry["extend"] = async () => true,
) {
  const stops: StopReason[] = [];
  let beats = 0;
  const tasks: TaskStore = {
    ...createMemoryStore().tasks,
    heartbeat: () => {
      beats += 1;
      return heartbeat();
    },
  };
  const nothing = async (): Promise<void> => {};
  const entry = { entry: queueEntryFixture(), extend, complete: nothing, release: nothing, bury: nothing };
  const logger = createSilentLogger();
  const outages = createOutageReporter({ store: createMemoryStore(), queue: createMemoryQueue(), logger });
  const held = holdLease({
    ...{ lease: { taskId: "task", fence: 1 }, leaseMs: 120, requestedAtMs: performance.now(), tasks, entry },
    ...{ clock: systemClock, logger, outages, onStop: (reason) => stops.push(reason) },
    ...overrides,
  });
  onTestFinished(() => held.release());
  return { held, stops, beats: () => beats };
}

const leaseMs = 900;

/** The same under a clock that `pass` moves, one turn of the event loop after the other. */
function startHoldingByHand(heartbeat: () => Promise<HeartbeatResult>, extend?: ClaimedEntry["extend"]) {
  const clock = createManualClock();
  const holding = startHolding(heartbeat, { leaseMs, requestedAtMs: clock.monotonicMs(), clock }, extend);
  return { ...holding, pass: clock.advance };
}

const never = (): Promise<never> => new Promise(() => {});

describe("a held lease", () => {
  test("lasts while the store extends it, even if the queue never answers", async () => {
    const { stops, beats, pass } = startHoldingByHand(async () => "held", never);
    await pass(3 * leaseMs);
    expect([stops, beats()]).toEqual([[], 9]);
  });

  test("survives heartbeats that fail, as long as one succeeds within the lease", async () => {
    let count = 0;
    const { stops, beats, pass } = startHoldingByHand(async () => {
      count += 1;
      if (count % 2 === 1) throw new Error("the store is down");
      return "held";
    });
    await pass(2 * leaseMs);
    expect([stops, beats()]).toEqual([[], 6]);
  });

  test("is lost when no heartbeat is answered for a whole lease; then no heartbeat follows, and release does not wait", async () => {
    const { held, stops, beats } = startHolding(never);
    await eventually("the loss", () => (stops.length > 0 ? true : null));
    const beatsAtLoss = beats();
    await held.release();
    expect([stops, beats()]).toEqual([["lease-lost"], beatsAtLoss]);
  });

  test("is lost once, and is never extended again, when an answer comes too late", async () => {
    let answer = (_result: HeartbeatResult): void => {};
    let extensions = 0;
    const extend = async (): Promise<boolean> => {
      extensions += 1;
      return true;
    };
    const { stops, beats } = startHolding(() => new Promise((resolve) => (answer = resolve)), {}, extend);
    await eventually("the loss", () => (stops.length > 0 ? true : null));
    answer("held");
    await new Promise((resolve) => setImmediate(resolve));
    expect([stops, beats(), extensions]).toEqual([["lease-lost"], 1, 0]);
  });

  test("counts from when it was asked for, not from when the answer came", async () => {
    const clock = createManualClock();
    const { stops } = startHolding(async () => "held", {
      leaseMs: 600_000,
      requestedAtMs: clock.monotonicMs() - 600_000,
      clock,
    });
    await eventually("the loss", () => (stops.length > 0 ? true : null));
    expect(stops).toEqual(["lease-lost"]);
  });

  test("is lost as soon as it is checked after its time, before any timer runs", async () => {
    let nowMs = 0;
    const clock = { ...createManualClock(), monotonicMs: () => nowMs };
    const { held, stops } = startHolding(never, { leaseMs: 1000, requestedAtMs: 0, clock });
    nowMs = 999;
    held.checkExpiry();
    expect(stops).toEqual([]);
    nowMs = 1000;
    held.checkExpiry();
    expect(stops).toEqual(["lease-lost"]);
  });

  test("beats at once when it is woken, however often it was before", async () => {
    const { held, stops, beats } = startHolding(async () => "cancel", { leaseMs: 600_000 });
    for (let message = 1; message <= 3; message += 1) {
      held.beatNow();
      await eventually("a beat", () => (beats() >= message ? true : null));
    }
    expect(new Set(stops)).toEqual(new Set(["cancelled"]));
  });

  test("that was released leaves no timer and calls nothing more", async () => {
    const clock = createManualClock();
    const { held, stops } = startHolding(async () => "held", { clock });
    await held.release();
    await held.release();
    held.beatNow();
    expect([clock.sleeperCount, stops]).toEqual([0, []]);
  });
});
