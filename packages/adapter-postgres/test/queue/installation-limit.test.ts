import type { ClaimedEntry, QueueEntry } from "@agentbot/core";
import { newTaskId } from "@agentbot/core/adapter";
import { eventually, queueEntryFixture } from "@agentbot/core/testing";
import { expect, test } from "vitest";
import { createPostgresQueue, openPostgresDatabase } from "../../src/index.js";
import { openPostgresStore } from "../fixtures/open-store.js";
import { insertTasks } from "./support/queue-subject.js";

const { server, database } = await openPostgresStore();
const signal = new AbortController().signal;
const limit = 2;

/** Another process, in the database's view. */
const limitedQueue = (pollMs = 5000) =>
  createPostgresQueue({
    ...{ database: openPostgresDatabase({ pool: server.pool({ max: 4 }) }), installationConcurrency: limit, pollMs },
  });

const tasksOf = async (installations: number, tasks: number): Promise<readonly QueueEntry[]> => {
  await database.runScript("TRUNCATE installations, threads CASCADE");
  const ids = Array.from({ length: installations }, () => newTaskId());
  const entries = ids.flatMap((installationId) =>
    Array.from({ length: tasks }, () => queueEntryFixture({ installationId })),
  );
  await insertTasks(database, entries);
  await createPostgresQueue({ database }).enqueue(entries);
  return entries;
};

test("processes that claim at the same moment never exceed the limit of an installation, and serve all of them", async () => {
  const entries = await tasksOf(3, 10);
  const queues = Array.from({ length: 4 }, () => limitedQueue());
  const held = new Map<string, ClaimedEntry[]>();
  const done = new Set<string>();
  while (done.size < entries.length) {
    const claims = queues.map((queue) => queue.claim({ limit: 5, leaseMs: 600_000, waitMs: 0, signal }));
    for (const claimed of (await Promise.all(claims)).flat()) {
      const { installationId } = claimed.entry;
      held.set(installationId, [...(held.get(installationId) ?? []), claimed]);
    }
    const counts = [...held.values()].map(({ length }) => length);
    expect(Math.max(...counts)).toBeLessThanOrEqual(limit);
    expect(counts.filter((count) => count === 0)).toEqual([]);
    for (const claims of held.values()) {
      const claimed = claims.shift();
      await claimed?.complete();
      if (claimed) done.add(claimed.entry.id);
    }
    for (const [installationId, claims] of held) {
      const isLeft = entries.some((entry) => entry.installationId === installationId && !done.has(entry.id));
      if (claims.length === 0 && !isLeft) held.delete(installationId);
    }
  }
  await Promise.all(queues.map((queue) => queue.close()));
});

test("a claim that waits is notified when another process frees a place of the installation", async () => {
  await tasksOf(1, 3);
  const [holder, waiter] = [limitedQueue(), limitedQueue(3_600_000)];
  const [first] = await holder.claim({ limit: 5, leaseMs: 600_000, waitMs: 0, signal });
  const waiting = waiter.claim({ limit: 1, leaseMs: 600_000, waitMs: 600_000, signal });
  await eventually("the waiter to listen", async () => {
    const text = "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()";
    return (await database.query(text, [])).length > 0 ? true : null;
  });
  await first?.complete();
  expect(await waiting).toHaveLength(1);
  await Promise.all([holder.close(), waiter.close()]);
});

test("a claim whose lease has ended frees its place", async () => {
  await tasksOf(1, 3);
  const queue = limitedQueue();
  await queue.claim({ limit: 5, leaseMs: 1, waitMs: 0, signal });
  const claimed = await eventually("the leases to end", async () => {
    const entries = await queue.claim({ limit: 5, leaseMs: 600_000, waitMs: 0, signal });
    return entries.length > 0 ? entries : null;
  });
  expect(claimed).toHaveLength(limit);
  expect(await database.query("SELECT 1 FROM queue_claims", [])).toHaveLength(limit);
  await queue.close();
});
