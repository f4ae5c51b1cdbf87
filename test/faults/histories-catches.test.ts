import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import type { Breakage } from "./histories/bot.js";
import { playHistories } from "./histories/play-histories.js";

/** What goes wrong in the first history that does. */
async function firstWrong(breakage: Breakage): Promise<string> {
  const plan = { seed: 1, count: 20, length: 40, atOnce: 2, shrinkMs: 0, restWithinMs: 5000 };
  const failed = await playHistories({ ...plan, breakage });
  return failed?.wrong.join("\n") ?? "";
}

test("histories catch an inbox that knows no delivery again", async () => {
  const said = await firstWrong({
    store: ({ inbox, ...store }) => ({
      ...store,
      inbox: {
        ...inbox,
        record: (delivery, request) =>
          inbox.record({ ...delivery, bodySha256: randomBytes(32).toString("hex"), semanticKey: null }, request),
      },
    }),
  });
  expect(said).toMatch(/again was answered|there are \d+ tasks/);
});

test("histories catch a store that forgets which thread a task belongs to", async () => {
  const said = await firstWrong({
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
  });
  expect(said).toMatch(/not queued|of one thread run at once|began after a later one/);
});

test("histories catch a worker that does not see that its time is over", async () => {
  const said = await firstWrong({ clock: (clock) => ({ ...clock, monotonicMs: () => 0 }) });
  expect(said).toMatch(/under fence \d+, begun again under \d+/);
});
