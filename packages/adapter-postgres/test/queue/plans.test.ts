import { recordTask } from "@agentbot/core/testing";
import { expect, test } from "vitest";
import { createPostgresQueue, createPostgresStore, migrate, openPostgresDatabase } from "../../src/index.js";
import { createDatabase } from "../fixtures/create-database.js";
import { keyRingFixture } from "../fixtures/key-ring.js";

const signal = new AbortController().signal;
const waitingTasks = 2000;

test("statements that were prepared while the tables were empty read no whole table when they are full", async () => {
  // One connection: what it has prepared it keeps, whatever statistics come later.
  const pool = (await createDatabase()).pool({ max: 1 });
  const database = openPostgresDatabase({ pool });
  await migrate(database);
  await database.runScript(`ALTER TABLE tasks SET (autovacuum_enabled = off); ALTER TABLE threads SET (autovacuum_enabled = off);
    ALTER TABLE thread_aliases SET (autovacuum_enabled = off); ALTER TABLE deliveries SET (autovacuum_enabled = off);`);
  const store = createPostgresStore({ database, keyRing: keyRingFixture() });
  const queue = createPostgresQueue({ database });

  const rowsRead = async (): Promise<number> => {
    await pool.query("SELECT pg_stat_force_next_flush()");
    const { rows } = await pool.query<{ count: string }>(
      `SELECT sum(seq_tup_read + COALESCE(idx_tup_fetch, 0)) AS count FROM pg_stat_user_tables
       WHERE relname IN ('tasks', 'threads', 'thread_aliases', 'deliveries')`,
    );
    return Number(rows[0]?.count);
  };
  /** Records, offers again, claims, begins, settles and completes `count` tasks. */
  const workOff = async (count: number): Promise<void> => {
    for (let done = 0; done < count; done += 1) {
      const { entry } = await recordTask(store);
      await queue.enqueue([entry]);
      const [claimed] = await queue.claim({ limit: 1, leaseMs: 60_000, waitMs: 0, signal });
      const begun = await store.tasks.begin(claimed?.entry.id ?? "", { leaseMs: 60_000, agent: "scripted" });
      if (begun.status !== "begun") throw new Error(`the task is ${begun.status}`);
      await store.tasks.heartbeat(begun.lease, 60_000);
      await store.tasks.settle(begun.lease, { status: "cancelled", reason: "stopped", explanation: "Stopped." });
      await claimed?.complete();
    }
  };

  // PostgreSQL keeps a plan from the sixth time on.
  await workOff(8);
  await Promise.all(Array.from({ length: waitingTasks }, () => recordTask(store)));
  const before = await rowsRead();
  await workOff(10);
  expect((await rowsRead()) - before).toBeLessThan(10 * waitingTasks * 0.5);
});
