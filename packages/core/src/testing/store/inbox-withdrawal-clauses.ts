import assert from "node:assert/strict";
import type { Store } from "../../ports/store.js";
import type { ContractClause } from "../contract-cases.js";
import { deliveryFixture } from "../delivery-fixture.js";
import { freshId } from "../fresh-id.js";
import { taskRequestFixture, tenantFixture } from "../task-draft-fixture.js";
import { beginTask } from "./begin-task.js";
import { acceptedTask } from "./record-task.js";

/** A request and its withdrawal, each in a delivery of its own. */
function comment(store: Store) {
  const [dedupeKey, tenant] = [freshId("comment"), tenantFixture()];
  return {
    ask: () => store.inbox.record(deliveryFixture({ dedupeKey }), taskRequestFixture({}, tenant)),
    withdraw: () => store.inbox.record(deliveryFixture({ dedupeKey: null }), { kind: "withdrawal", tenant, dedupeKey }),
  };
}

const accepted = async (recording: ReturnType<Store["inbox"]["record"]>): Promise<string> =>
  acceptedTask(await recording).taskId;

/** Requests that are withdrawn. */
export const inboxWithdrawalClauses: readonly ContractClause<Store>[] = [
  {
    name: "a request that is withdrawn before it began is cancelled, and frees its thread",
    check: async (store) => {
      const { ask, withdraw } = comment(store);
      const taskId = await accepted(ask());
      const withdrawn = await withdraw();
      assert.deepEqual({ ...withdrawn, deliveryId: "" }, { status: "ignored", deliveryId: "", reason: "withdrawn" });
      const task = await store.tasks.find(taskId);
      assert.deepEqual([task?.status, task?.reason], ["cancelled", "withdrawn"]);
      const again = await ask();
      assert.deepEqual([again.status, "taskId" in again && again.taskId], ["duplicate", taskId]);
    },
  },
  {
    name: "a request that comes after its withdrawal is ignored",
    check: async (store) => {
      const { ask, withdraw } = comment(store);
      const { deliveryId } = await withdraw();
      for (let times = 0; times < 2; times += 1) {
        const asked = await ask();
        assert.deepEqual(asked, { status: "ignored", deliveryId: asked.deliveryId, reason: "withdrawn" });
        assert.notEqual(asked.deliveryId, deliveryId);
        const found = await store.inbox.find(asked.deliveryId);
        assert.deepEqual(found?.verdict, { status: "ignored", reason: "withdrawn" });
      }
      assert.equal((await withdraw()).status, "ignored");
    },
  },
  {
    name: "a request that came in several bodies is withdrawn by its key",
    check: async (store) => {
      const { ask, withdraw } = comment(store);
      const taskId = await accepted(ask());
      assert.equal((await ask()).status, "duplicate");
      await withdraw();
      assert.equal((await store.tasks.find(taskId))?.reason, "withdrawn");
      const again = await ask();
      assert.deepEqual([again.status, "taskId" in again && again.taskId], ["duplicate", taskId]);
    },
  },
  {
    name: "a request that has begun goes on although it is withdrawn",
    check: async (store) => {
      const { ask, withdraw } = comment(store);
      const { task } = await beginTask(store, await accepted(ask()));
      assert.equal((await withdraw()).status, "ignored");
      assert.deepEqual(await store.tasks.find(task.id), task);
    },
  },
  {
    name: "a conversation that is gone takes back what was requested in it, and nothing else",
    check: async (store) => {
      const tenant = tenantFixture();
      const askIn = async (conversation: string, ofTenant = tenant) => {
        const request = taskRequestFixture({}, ofTenant);
        const draft = { ...request.draft, origin: { ...request.draft.origin, conversation } };
        return await accepted(store.inbox.record(deliveryFixture(), { ...request, draft }));
      };
      const [waiting, running] = [await askIn("7"), await askIn("7")];
      await beginTask(store, running);
      const others = [await askIn("8"), await askIn("7", tenantFixture())];
      const delivery = deliveryFixture({ dedupeKey: null });
      const closed = await store.inbox.record(delivery, { kind: "closure", tenant, conversation: "7" });
      const reason = "conversation_gone";
      assert.deepEqual({ ...closed, deliveryId: "" }, { status: "ignored", deliveryId: "", reason });
      const ended = await store.tasks.find(waiting);
      assert.deepEqual([ended?.status, ended?.reason], ["cancelled", reason]);
      const stopping = await store.tasks.find(running);
      assert.deepEqual([stopping?.status, stopping?.cancelReason], ["running", reason]);
      for (const other of others) assert.equal((await store.tasks.find(other))?.status, "queued");
      // The same delivery again is a repetition, whatever was requested there since.
      const later = await askIn("7");
      assert.equal(
        (await store.inbox.record(delivery, { kind: "closure", tenant, conversation: "7" })).status,
        "ignored",
      );
      assert.equal((await store.tasks.find(later))?.status, "queued");
    },
  },
  {
    name: "of a request and its withdrawal at once nothing is left that runs",
    check: async (store) => {
      for (let round = 0; round < 10; round += 1) {
        const { ask, withdraw } = comment(store);
        const [asked] = await Promise.all([ask(), withdraw()]);
        const taskId = "taskId" in asked ? asked.taskId : null;
        assert.equal(
          taskId === null ? "none" : (await store.tasks.find(taskId))?.status,
          taskId === null ? "none" : "cancelled",
        );
      }
    },
  },
];
