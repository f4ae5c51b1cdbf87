import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import type { Breakage } from "./histories/bot.js";
import { playHistories } from "./histories/play-histories.js";
import { isFull } from "./world/random.js";

/** The violations of the first history that fails in this way; empty if none does. */
async function firstWrong(breakage: Breakage, concerns: RegExp): Promise<readonly string[]> {
  const plan = { seed: 1, count: isFull ? 300 : 20, length: 40, atOnce: 2, shrinkMs: 0, restWithinMs: 3000, concerns };
  const failed = await playHistories({ ...plan, breakage });
  return failed?.wrong ?? [];
}

test("histories catch an inbox that recognizes no repeated delivery", async () => {
  const breakage: Breakage = {
    store: ({ inbox, ...store }) => ({
      ...store,
      inbox: {
        ...inbox,
        record: (delivery, request) =>
          inbox.record({ ...delivery, bodySha256: randomBytes(32).toString("hex"), dedupeKey: null }, request),
      },
    }),
  };
  expect(await firstWrong(breakage, /again was answered|there are \d+ tasks/)).not.toEqual([]);
});

test("histories catch a store that forgets which thread a task belongs to", async () => {
  const breakage: Breakage = {
    store: ({ inbox, ...store }) => ({
      ...store,
      inbox: {
        ...inbox,
        record: (delivery, request) => {
          if (request.kind !== "task") return inbox.record(delivery, request);
          const draft = { ...request.draft, threadAliases: [randomBytes(8).toString("hex")] };
          return inbox.record(delivery, { ...request, draft });
        },
      },
    }),
  };
  expect(await firstWrong(breakage, /not queued|of one thread run at once|began after a later one/)).not.toEqual([]);
});

// It takes a write in the moment between the end of a lease and the next heartbeat: a few histories may have none. The
// simulation has the same breakage in every run.
if (isFull) {
  test("histories catch a worker that does not see that its time is over", async () => {
    const breakage: Breakage = { clock: (clock) => ({ ...clock, monotonicMs: () => 0 }) };
    expect(await firstWrong(breakage, /under fence \d+, begun again under \d+/)).not.toEqual([]);
  }, 600_000);
}
