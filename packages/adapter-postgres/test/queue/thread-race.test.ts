import type { ClaimedEntry, TaskQueue } from "@agentbot/core";
import { queueEntryFixture } from "@agentbot/core/testing";
import { expect, test } from "vitest";
import { createPostgresQueue, openPostgresDatabase } from "../../src/index.js";
import { openPostgresStore } from "../fixtures/open-store.js";
import { insertTasks } from "./support/queue-subject.js";

const { server, database } = await openPostgresStore();
const signal = new AbortController().signal;

/** Eight workers, each over connections of its own (one of them listens), as eight processes would be. */
const connect = (): readonly TaskQueue[] =>
  Array.from({ length: 8 }, () =>
    createPostgresQueue({ database: openPostgresDatabase({ pool: server.pool({ max: 2 }) }) }),
  );

/** Some tasks of each of some threads, in an order that mixes the threads. */
async function fill(threads: number, length: number) {
  await database.runScript("TRUNCATE installations, threads CASCADE");
  const { installationId } = queueEntryFixture();
  const lines = Array.from({ length: threads }, () => {
    const { lane } = queueEntryFixture();
    return Array.from({ length }, () => queueEntryFixture({ lane, installationId }));
  });
  const entries = Array.from({ length }, (_, place) => lines.flatMap((line) => line.slice(place, place + 1))).flat();
  await insertTasks(database, entries);
  await createPostgresQueue({ database }).enqueue(entries);
  return { entries, lines };
}

test("of eight connections that claim batches at once, none ever holds an entry of a thread another one holds", async () => {
  const { entries, lines } = await fill(6, 40);
  const held = new Map<string, string>();
  const done = new Map<string, string[]>();
  let violations = 0;
  const work = async (queue: TaskQueue): Promise<void> => {
    while ([...done.values()].flat().length < entries.length) {
      const claimed = await queue.claim({ limit: 4, leaseMs: 600_000, waitMs: 200, signal });
      for (const { entry } of claimed) {
        if (held.has(entry.lane)) violations += 1;
        held.set(entry.lane, entry.id);
      }
      for (const { entry, complete } of claimed) {
        done.set(entry.lane, [...(done.get(entry.lane) ?? []), entry.id]);
        held.delete(entry.lane);
        await complete();
      }
    }
  };
  const queues = connect();
  await Promise.all(queues.map(work));
  expect(violations).toBe(0);
  for (const line of lines) expect(done.get(line[0]?.lane ?? "")).toEqual(line.map(({ id }) => id));
  expect(await queues[0]?.stats()).toEqual({ waiting: 0, delayed: 0, claimed: 0, buried: 0, oldestWaitingMs: null });
  await Promise.all(queues.map((queue) => queue.close()));
});

test("nor after leases have ended: one claim gets the entry again, and the late holder can change nothing", async () => {
  const { entries, lines } = await fill(6, 6);
  const queues = connect();
  const finished: string[] = [];
  const lapsed = new Map<string, ClaimedEntry>();
  let late = 0;
  const endLease = ({ entry: { lane } }: ClaimedEntry) =>
    database.query("UPDATE threads SET queue_claimed_until = statement_timestamp() WHERE id = $1", [lane]);
  /** Ends every third lease; its holder tries to use it when another claim has got the entry. */
  const work = async (queue: TaskQueue, worker: number): Promise<void> => {
    for (let turn = worker; finished.length < entries.length; turn += 1) {
      for (const claimed of await queue.claim({ limit: 3, leaseMs: 600_000, waitMs: 100, signal })) {
        const { id } = claimed.entry;
        const former = lapsed.get(id);
        if (former) {
          late += 1;
          expect(await former.extend(600_000)).toBe(false);
          await former.bury("too late");
        } else if (turn % 3 === 0) {
          lapsed.set(id, claimed);
          await endLease(claimed);
          continue;
        }
        expect(await claimed.extend(600_000)).toBe(true);
        finished.push(id);
        await claimed.complete();
      }
    }
  };
  await Promise.all(queues.map(work));
  expect(late).toBeGreaterThan(0);
  expect(finished.toSorted()).toEqual(entries.map(({ id }) => id).toSorted());
  for (const line of lines) {
    const ids = line.map(({ id }) => id);
    expect(finished.filter((id) => ids.includes(id))).toEqual(ids);
  }
  expect(await queues[0]?.stats()).toMatchObject({ waiting: 0, claimed: 0, buried: 0 });
  await Promise.all(queues.map((queue) => queue.close()));
});
