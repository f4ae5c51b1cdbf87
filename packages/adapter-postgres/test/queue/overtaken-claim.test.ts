import type { ClaimedEntry, QueueEntry, TaskQueue } from "@agentbot/core";
import { eventually, queueEntryFixture } from "@agentbot/core/testing";
import { describe, expect, test } from "vitest";
import { createPostgresQueue, openPostgresDatabase } from "../../src/index.js";
import { openPostgresStore } from "../fixtures/open-store.js";
import { insertTasks } from "./support/queue-subject.js";

const { server, database } = await openPostgresStore();
const admin = server.pool({ max: 1 });
const queue = createPostgresQueue({ database });
const now = { limit: 1, leaseMs: 600_000, waitMs: 0, signal: new AbortController().signal };

// A slow clock: a statement that reads it decides on rows of long ago.
await admin.query(`CREATE SCHEMA slow; CREATE SEQUENCE slow.looks;
  CREATE FUNCTION slow.statement_timestamp() RETURNS timestamptz STABLE LANGUAGE plpgsql AS
    'BEGIN PERFORM nextval(''slow.looks''); PERFORM pg_sleep(0.4); RETURN pg_catalog.statement_timestamp(); END'`);
const slowPool = server.pool({ options: "-c search_path=slow,pg_catalog,public" });
// Not prepared, so that each claim looks at the clock equally often.
const slowDatabase = openPostgresDatabase({ pool: slowPool, isBehindTransactionPooler: true });
const slowQueue = createPostgresQueue({ database: slowDatabase });
/** At its third look at the clock a claim has read the rows of task and thread, and has locked neither. */
const looksBefore = 3;

/** The result of a claim that had looked at the queue when `overtake` happened to its first entry. */
async function claimOvertakenBy(overtake: (entry: QueueEntry, queue: TaskQueue) => Promise<unknown>) {
  await database.runScript("TRUNCATE installations, threads CASCADE");
  const entry = queueEntryFixture();
  await insertTasks(database, [entry]);
  await queue.enqueue([entry]);
  await admin.query("ALTER SEQUENCE slow.looks RESTART");
  const claiming = slowQueue.claim(now);
  await eventually("the claim to have seen the entry", async () => {
    const { rows } = await admin.query("SELECT last_value::integer AS looks, is_called FROM slow.looks");
    return (rows[0].is_called && rows[0].looks === looksBefore) || null;
  });
  await overtake(entry, queue);
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
