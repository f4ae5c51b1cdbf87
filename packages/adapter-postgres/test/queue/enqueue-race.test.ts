import { eventually, recordTask } from "@agentbot/core/testing";
import { expect, test } from "vitest";
import { createPostgresQueue } from "../../src/index.js";
import { openPostgresStore } from "../fixtures/open-store.js";

const { store, database, server } = await openPostgresStore();
const signal = new AbortController().signal;

test("a task that another client writes to while it is put in the queue is in it afterwards", async () => {
  const queue = createPostgresQueue({ database });
  const { taskId, entry } = await recordTask(store);
  const [claimed] = await queue.claim({ limit: 1, leaseMs: 60_000, waitMs: 0, signal });
  await claimed?.complete();
  expect(await queue.stats()).toMatchObject({ waiting: 0, claimed: 0 });

  const other = await server.pool().connect();
  await other.query("BEGIN");
  await other.query("UPDATE tasks SET event_count = event_count + 1 WHERE id = $1", [taskId]);
  const adding = queue.enqueue([entry]);
  await eventually("it to wait for the other one", async () => {
    const { rows } = await other.query("SELECT 1 FROM pg_locks WHERE NOT granted");
    return rows.length > 0 ? true : null;
  });
  await other.query("COMMIT");
  other.release();
  await adding;
  expect(await queue.stats()).toMatchObject({ waiting: 1 });
  await queue.close();
});
