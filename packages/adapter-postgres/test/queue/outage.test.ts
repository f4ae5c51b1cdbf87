import { isDeepStrictEqual } from "node:util";
import type { ClaimedEntry, TaskQueue } from "@agentbot/core";
import { eventually, queueEntryFixture, rejectsWithCode } from "@agentbot/core/testing";
import { type PrivatePostgres, startPrivatePostgres } from "@agentbot/test-services";
import { Pool } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createPostgresQueue, migrate, openPostgresDatabase, type SqlDatabase } from "../../src/index.js";
import { insertTasks } from "./support/queue-subject.js";

const signal = new AbortController().signal;
const pools: Pool[] = [];
let postgres: PrivatePostgres;
let url: string;

const connect = (): SqlDatabase => {
  const pool = new Pool({ connectionString: url, max: 4 });
  pools.push(pool);
  return openPostgresDatabase({ pool });
};

beforeAll(async () => {
  postgres = await startPrivatePostgres({ durable: true });
  url = await postgres.createDatabase();
  await migrate(connect());
});
afterAll(async () => {
  await Promise.all(pools.map((pool) => pool.end()));
  await postgres.close();
});

test("PostgreSQL that is cut down under four workers loses nothing and leaves nothing held by two", async () => {
  const leaseMs = 3000;
  const threads = Array.from({ length: 12 }, () => queueEntryFixture());
  const entries = threads.flatMap(({ lane, installationId }) =>
    Array.from({ length: 10 }, () => queueEntryFixture({ lane, installationId })),
  );
  const database = connect();
  await insertTasks(database, entries);
  await createPostgresQueue({ database }).enqueue(entries);

  /** The worker that may believe to hold a thread, and until when at the latest. */
  const holders = new Map<string, { readonly entry: ClaimedEntry; readonly untilMs: number }>();
  const done = new Set<string>();
  const codes = new Set<unknown>();
  let heldByTwo = 0;
  const over = new AbortController();
  const { signal } = over;
  const work = async (queue: TaskQueue): Promise<void> => {
    while (!signal.aborted) {
      try {
        const untilMs = performance.now() + leaseMs;
        for (const entry of await queue.claim({ limit: 3, leaseMs, waitMs: 1000, signal })) {
          const { id, lane } = entry.entry;
          const other = holders.get(lane);
          if (other && other.untilMs > performance.now()) heldByTwo += 1;
          const holder = { entry, untilMs };
          holders.set(lane, holder);
          await new Promise((resolve) => setTimeout(resolve, 20));
          // A worker that completes an entry has done it, whether or not the answer comes.
          if (holders.get(lane) === holder) holders.delete(lane);
          done.add(id);
          await entry.complete();
        }
      } catch (error) {
        codes.add(Reflect.get(error as object, "code"));
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  };
  const queues = Array.from({ length: 4 }, () => createPostgresQueue({ database: connect() }));
  const working = Promise.all(queues.map(work));
  for (const share of [0.2, 0.5]) {
    await eventually("some of the work to be done", () => done.size > entries.length * share || null);
    await postgres.stop("immediate");
    await postgres.start();
  }
  const nothing = { waiting: 0, delayed: 0, claimed: 0, buried: 0, oldestWaitingMs: null };
  const isEmpty = async () => isDeepStrictEqual(await queues[0]?.stats().catch(() => null), nothing) || null;
  await eventually("all of the work to be done", isEmpty);
  over.abort();
  await working;
  expect(heldByTwo).toBe(0);
  expect([...done].toSorted()).toEqual(entries.map(({ id }) => id).toSorted());
  expect([...codes]).toEqual(["QUEUE_UNAVAILABLE"]);
  await Promise.all(queues.map((queue) => queue.close()));
});

test("a queue whose PostgreSQL is gone fails at once, and works again when it is back", async () => {
  const database = connect();
  const queue = createPostgresQueue({ database });
  const entry = queueEntryFixture();
  await insertTasks(database, [entry]);
  const waiting = queue.claim({ limit: 1, leaseMs: 600_000, waitMs: 600_000, signal });
  waiting.catch(() => {});
  await postgres.stop("immediate");
  await rejectsWithCode(waiting, "QUEUE_UNAVAILABLE");
  await rejectsWithCode(queue.enqueue([entry]), "QUEUE_UNAVAILABLE");
  await rejectsWithCode(queue.stats(), "QUEUE_UNAVAILABLE");
  await rejectsWithCode(queue.cancel(entry.id), "QUEUE_UNAVAILABLE");
  await rejectsWithCode(queue.claim({ limit: 1, leaseMs: 600_000, waitMs: 600_000, signal }), "QUEUE_UNAVAILABLE");
  await postgres.start();
  await queue.enqueue([entry]);
  const [claimed] = await queue.claim({ limit: 1, leaseMs: 600_000, waitMs: 600_000, signal });
  expect(claimed?.entry.id).toBe(entry.id);
  await queue.close();
});
