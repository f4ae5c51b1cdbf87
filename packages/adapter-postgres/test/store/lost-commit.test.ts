import { deliveryFixture, recordTask, rejectsWithCode, taskRequestFixture } from "@agentbot/core/testing";
import { Pool } from "pg";
import { describe, expect, onTestFinished, test } from "vitest";
import { createPostgresStore, openPostgresDatabase } from "../../src/index.js";
import { keyRingFixture } from "../fixtures/key-ring.js";
import { openPostgresStore } from "../fixtures/open-store.js";
import { startPostgresProxy } from "../fixtures/postgres-proxy.js";

const { database, server } = await openPostgresStore();

async function openByProxy() {
  const proxy = await startPostgresProxy(server.url);
  const pool = new Pool({ connectionString: proxy.url });
  onTestFinished(async () => {
    await pool.end();
    await proxy.close();
  });
  const behindProxy = openPostgresDatabase({ pool });
  return { proxy, store: createPostgresStore({ database: behindProxy, keyRing: keyRingFixture() }) };
}

describe("a connection that is cut while a change is stored", () => {
  test.each(["lost", "answer lost"] as const)("(%s) makes one task when the delivery comes again", async (fate) => {
    const { proxy, store } = await openByProxy();
    const delivery = deliveryFixture();
    const request = taskRequestFixture();
    proxy.cutNext("agentbot_record_drafts", fate);
    await rejectsWithCode(store.inbox.record(delivery, request), "STORE_UNAVAILABLE");
    const again = await store.inbox.record(delivery, request);
    expect(again.status).toBe(fate === "lost" ? "accepted" : "duplicate");
    const tasks = await database.query("SELECT id FROM tasks WHERE repository_id = $1", [
      request.draft.repository?.id ?? null,
    ]);
    expect(tasks).toEqual([{ id: again.status === "ignored" ? null : again.taskId }]);
  });

  test.each(["lost", "answer lost"] as const)(
    "(%s) reserves and spends money once when it is asked again",
    async (fate) => {
      const { proxy, store } = await openByProxy();
      const { taskId } = await recordTask(store);
      const begun = await store.tasks.begin(taskId, { leaseMs: 600_000, agent: "scripted" });
      if (begun.status !== "begun") throw new Error("expected to begin");
      const limits = [{ scope: taskId, limitUsd: 5 }];
      proxy.cutNext("COMMIT\0", fate);
      const reserved = store.budgets.reserve(begun.lease, 3, limits);
      await rejectsWithCode(reserved, "STORE_UNAVAILABLE");
      await expect(reserved).rejects.toThrow(/may be stored or not/);
      expect(await store.budgets.reserve(begun.lease, 3, limits)).toEqual({ status: "reserved" });
      proxy.cutNext("COMMIT\0", fate);
      await rejectsWithCode(store.budgets.settle(begun.lease, 2), "STORE_UNAVAILABLE");
      await store.budgets.settle(begun.lease, 2);
      expect(await store.budgets.balance(taskId)).toEqual({ reservedUsd: 0, spentUsd: 2 });
    },
  );
});
