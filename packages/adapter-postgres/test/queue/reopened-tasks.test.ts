import { eventually, recordTask } from "@agentbot/core/testing";
import { expect, test } from "vitest";
import { createPostgresQueue } from "../../src/index.js";
import { openPostgresStore } from "../fixtures/open-store.js";

const { store, database } = await openPostgresStore();
const signal = new AbortController().signal;
const now = { limit: 10, leaseMs: 600_000, waitMs: 0, signal };

const queueOf = async () => {
  await database.runScript("TRUNCATE installations, threads CASCADE");
  return createPostgresQueue({ database });
};

/** A task that was claimed, run and settled as failed; its entry is still held. */
const failedTask = async (queue: Awaited<ReturnType<typeof queueOf>>) => {
  const recorded = await recordTask(store);
  const [claimed] = await queue.claim(now);
  const begun = await store.tasks.begin(recorded.taskId, { leaseMs: 600_000, agent: "scripted" });
  if (begun.status !== "begun") throw new Error(begun.status);
  await store.tasks.settle(begun.lease, { status: "failed", reason: "agent_failed", explanation: "It failed." });
  return { ...recorded, claimed };
};
const claimedIds = async (queue: Awaited<ReturnType<typeof queueOf>>) =>
  (await queue.claim(now)).map(({ entry }) => entry.id);

test("a reopened task is in the queue by that, behind what is in its thread's line", async () => {
  const queue = await queueOf();
  const { taskId, draft, tenant, claimed } = await failedTask(queue);
  await claimed?.bury("agent_failed");
  const next = await recordTask(store, draft, tenant);
  expect((await store.tasks.reopen(taskId)).status).toBe("reopened");
  expect(await queue.stats()).toMatchObject({ waiting: 2, buried: 0 });
  const [head, ...others] = await queue.claim(now);
  expect([head?.entry.id, others]).toEqual([next.taskId, []]);
  await store.commands.requestStop(next.taskId, "stopped");
  await head?.complete();
  expect(await claimedIds(queue)).toEqual([taskId]);
  await queue.close();
});

test("a reopened task whose former worker buries its entry only now comes back with the next offer", async () => {
  const queue = await queueOf();
  const { taskId, claimed } = await failedTask(queue);
  const reopened = await store.tasks.reopen(taskId);
  if (reopened.status !== "reopened") throw new Error(reopened.status);
  await queue.enqueue([reopened.entry]);
  await claimed?.bury("agent_failed");
  await eventually("the task to be claimed", async () => {
    const { items } = await store.outbox.waiting({});
    await queue.enqueue(items);
    return (await claimedIds(queue)).includes(taskId) ? true : null;
  });
  await queue.close();
});
