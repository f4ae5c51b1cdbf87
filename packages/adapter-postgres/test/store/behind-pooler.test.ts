import { deliveryFixture, rejectsWithCode, taskRequestFixture } from "@agentbot/core/testing";
import { expect, test } from "vitest";
import { aliasesOf, threadLockNames } from "../../src/inbox/inbox-locks.js";
import { createPostgresStore, openPostgresDatabase } from "../../src/index.js";
import { keyRingFixture } from "../fixtures/key-ring.js";
import { openPostgresStore } from "../fixtures/open-store.js";

const { database, server } = await openPostgresStore();

test("behind a pooler too, a delivery is not recorded once its sender was answered 503", async () => {
  // A role's own isolation counts where nothing is set on a connection.
  const options = "-c default_transaction_isolation=repeatable\\ read";
  const behindPooler = openPostgresDatabase({
    ...{ pool: server.pool({ options }), isBehindTransactionPooler: true, lockTimeoutMs: 100 },
  });
  const store = createPostgresStore({ database: behindPooler, keyRing: keyRingFixture() });
  const request = taskRequestFixture();
  const [name = ""] = threadLockNames(aliasesOf(request.draft));
  await database.transaction(async (transaction) => {
    await transaction.query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [name]);
    await rejectsWithCode(store.inbox.record(deliveryFixture(), request), "STORE_UNAVAILABLE");
  });
  const waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
  expect(await database.query(waiting, [])).toEqual([]);
  expect((await store.inbox.record(deliveryFixture(), request)).status).toBe("accepted");
});
