import { queueEntryFixture } from "@agentbot/core/testing";
import { expect, inject, test } from "vitest";
import { startQueue } from "./support/start-queue.js";

const url = inject("redisUrl");

test.each([
  { what: "line ends", text: "a\nline\r\nend" },
  { what: "quotes and backslashes", text: '"quoted" \\ud83d \\n' },
  { what: "the separator of a lease and its entry", text: "a|b||c" },
  { what: "letters of all kinds", text: "żółw 乌龟 🐢" },
  { what: "a NUL character", text: "\u0000" },
])("ids with $what are added, claimed, given back, buried and completed like any other", async ({ text }) => {
  await using started = startQueue(url);
  const [first, second, other] = [`${text} 1`, `${text} 2`, `${text} 3`].map((id) => {
    return queueEntryFixture({ id, lane: id.endsWith("3") ? `other ${text}` : text, installationId: text });
  });
  if (!first || !second || !other) throw new Error("there are three");
  await started.queue.enqueue([first, second, other, first]);
  const claimed = await started.claim();
  expect(claimed.map(({ entry }) => entry)).toEqual([first, other]);
  await Promise.all([claimed[0]?.complete(), claimed[1]?.release(0)]);
  const again = await started.claim();
  expect(new Set(again.map(({ entry }) => entry))).toEqual(new Set([second, other]));
  await Promise.all(again.map((one) => (one.entry.id === second.id ? one.complete() : one.bury(text))));
  expect(await started.queue.stats()).toMatchObject({ waiting: 0, claimed: 0, buried: 1 });
});

test("an unpaired surrogate in an id becomes U+FFFD, and holds up no other entry", async () => {
  await using started = startQueue(url);
  const half = queueEntryFixture({ lane: "half \ud83d", installationId: "of \udc22" });
  await started.queue.enqueue([half, queueEntryFixture()]);
  const claimed = await started.claim();
  expect(claimed.map(({ entry }) => entry.lane)).toContain("half \ufffd");
  await Promise.all(claimed.map((one) => one.release(0)));
  await Promise.all((await started.claim()).map((one) => one.complete()));
  expect(await started.queue.stats()).toMatchObject({ waiting: 0, claimed: 0, buried: 0 });
});
