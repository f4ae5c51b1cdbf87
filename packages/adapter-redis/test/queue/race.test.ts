import { setMaxListeners } from "node:events";
import type { ClaimedEntry } from "@agentbot/core";
import { sleep } from "@agentbot/core/adapter";
import { queueEntryFixture } from "@agentbot/core/testing";
import { expect, inject, test } from "vitest";
import { startQueue, type TestQueue } from "./support/start-queue.js";

const threads = 40;
const perThread = 25;

/** The worker that holds each task, and every violation. */
function createWatch() {
  const holders = new Map<string, string>();
  const running = new Map<string, string>();
  const done = new Map<string, string[]>();
  const violations: string[] = [];
  return {
    violations,
    done,
    begin(worker: string, { id, lane }: ClaimedEntry["entry"]): void {
      if (holders.has(id)) violations.push(`${id} held by ${holders.get(id)} and ${worker}`);
      if (running.has(lane)) violations.push(`${running.get(lane)} and ${id} of one thread`);
      holders.set(id, worker);
      running.set(lane, id);
    },
    end({ id, lane }: ClaimedEntry["entry"], isDone: boolean): void {
      holders.delete(id);
      running.delete(lane);
      if (isDone) done.set(lane, [...(done.get(lane) ?? []), id]);
    },
  };
}

test("of many workers on connections of their own no two hold one task or one lane, whatever they do", async () => {
  const url = inject("redisUrl");
  const first = startQueue(url);
  const started: TestQueue[] = [first];
  for (let made = 1; made < 8; made += 1) started.push(startQueue(url, { name: first.name }));
  const lines = Array.from({ length: threads }, () => {
    const { lane } = queueEntryFixture();
    return Array.from({ length: perThread }, () => queueEntryFixture({ lane }));
  });
  const watch = createWatch();
  const total = threads * perThread;
  let finished = 0;
  const stopped = new AbortController();
  setMaxListeners(0, stopped.signal);

  const attend = async (worker: string, claimed: ClaimedEntry): Promise<void> => {
    watch.begin(worker, claimed.entry);
    await sleep(Math.random() * 3);
    const chance = Math.random();
    if (chance < 0.1) await claimed.extend(600_000);
    const isDone = chance < 0.8;
    watch.end(claimed.entry, isDone);
    if (!isDone) return await claimed.release(chance < 0.9 ? 0 : 5);
    await (chance < 0.7 ? claimed.complete() : claimed.bury("agent_failed"));
    finished += 1;
    if (finished === total) stopped.abort();
  };
  const work = async ({ queue }: TestQueue, worker: string): Promise<void> => {
    while (!stopped.signal.aborted) {
      const claimed = await queue.claim({ limit: 3, leaseMs: 600_000, waitMs: 1000, signal: stopped.signal });
      await Promise.all(claimed.map((one) => attend(worker, one)));
    }
  };
  const workers = started.flatMap((one, index) => [0, 1].map((half) => work(one, `${index}.${half}`)));
  for (let index = 0; index < perThread; index += 1) {
    const entries = lines.flatMap((line) => line.slice(index, index + 1));
    await Promise.all([first, ...started.slice(0, 2)].map(({ queue }) => queue.enqueue(entries)));
  }
  await Promise.all(workers);

  expect(watch.violations).toEqual([]);
  for (const line of lines) {
    expect(watch.done.get(line[0]?.lane ?? "")).toEqual(line.map(({ id }) => id));
  }
  const { waiting, delayed, claimed } = await first.queue.stats();
  expect({ waiting, delayed, claimed }).toEqual({ waiting: 0, delayed: 0, claimed: 0 });
  await Promise.all(started.map(({ close }) => close()));
});
