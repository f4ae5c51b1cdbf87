import type { ClaimedEntry, QueueEntry, TaskQueue } from "@agentbot/core";
import { eventually, queueEntryFixture } from "@agentbot/core/testing";
import { describe, expect, test } from "vitest";
import { createPostgresQueue, openPostgresDatabase } from "../../src/index.js";
import { openPostgresStore } from "../fixtures/open-store.js";
import { insertTasks } from "./support/queue-subject.js";

const { server, database } = await openPostgresStore();
const admin = server.pool({ max: 1 });
const queue = createPostgresQueue({ database });
const patience = { statementTimeoutMs: 240_000, lockTimeoutMs: 240_000 };
const now = { limit: 1, leaseMs: 600_000, waitMs: 0, signal: new AbortController().signal };

// A clock that holds a statement at one look: what the statement decides on is as it was before.
const gate = 4711;
/** At its third look at the clock a claim has read the rows of task and thread, and has locked neither. */
const heldLook = 3;
await admin.query(`CREATE SCHEMA slow; CREATE SEQUENCE slow.looks;
  CREATE FUNCTION slow.statement_timestamp() RETURNS timestamptz STABLE LANGUAGE plpgsql AS $$ BEGIN
    IF nextval('slow.looks') = ${heldLook} THEN
      PERFORM pg_advisory_lock(${gate});
      PERFORM pg_advisory_unlock(${gate});
    END IF;
    RETURN pg_catalog.statement_timestamp();
  END $$`);
const slowPool = server.pool({ options: "-c search_path=slow,pg_catalog,public" });
// Not prepared, so that each claim looks at the clock equally often.
const slowDatabase = openPostgresDatabase({ pool: slowPool, isBehindTransactionPooler: true, ...patience });
const slowQueue = createPostgresQueue({ database: slowDatabase });

/** The result of a claim that had looked at the queue when `overtake` happened to its first entry. */
async function claimOvertakenBy(overtake: (entry: QueueEntry, queue: TaskQueue) => Promise<unknown>) {
  await database.runScript("TRUNCATE installations, threads CASCADE");
  const entry = queueEntryFixture();
  await insertTasks(database, [entry]);
  await queue.enqueue([entry]);
  await admin.query("ALTER SEQUENCE slow.looks RESTART");
  await admin.query("SELECT pg_advisory_lock($1)", [gate]);
  const claiming = slowQueue.claim(now);
  await eventually("the claim to have seen the entry", async () => {
    const waiting = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = $1 AND NOT granted";
    return (await admin.query(waiting, [gate])).rowCount === 1 || null;
  });
  await overtake(entry, queue);
  await admin.query("SELECT pg_advisory_unlock($1)", [gate]);
  return await claiming;
}

describe("a claim that is overtaken while it looks", () => {
  const claimOne = async (): Promise<ClaimedEntry> => {
    const [claimed] = await queue.claim(now);
    return claimed ?? expect.unreachable("nothing to claim");
  };
  const overtakings = {
    "another claim": claimOne,
    "another claim and its end": async () => (await claimOne()).complete(),
    "another claim that gave up for a while": async () => (await claimOne()).release(600_000),
    "another claim that buried it": async () => (await claimOne()).bury("unknown version"),
    "a cancellation": (entry: QueueEntry) => queue.cancel(entry.id),
  };
  for (const [what, overtake] of Object.entries(overtakings)) {
    test(`gets nothing when it was ${what}`, async () => {
      expect(await claimOvertakenBy(overtake)).toEqual([]);
    });
  }

  test("gets its entry when nothing happened", async () => {
    expect(await claimOvertakenBy(async () => {})).toHaveLength(1);
  });
});
