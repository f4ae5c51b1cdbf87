import { recordTask } from "@agentbot/core/testing";
import { expect, test } from "vitest";
import { createPostgresQueue } from "../../src/index.js";
import { openPostgresStore } from "../fixtures/open-store.js";

const { store, database } = await openPostgresStore();
const signal = new AbortController().signal;
const result = { summary: "done", branch: null, commit: null, pullRequest: null, leftOut: null };
const now = { limit: 10, leaseMs: 600_000, waitMs: 0, signal };

const queueOf = async () => {
  await database.runScript("TRUNCATE installations, threads CASCADE");
  return createPostgresQueue({ database });
};

test("a recorded task is in the queue by that, whatever becomes of the process that recorded it", async () => {
  const queue = await queueOf();
  const { entry } = await recordTask(store);
  expect((await queue.claim(now)).map((claimed) => claimed.entry)).toEqual([entry]);
  await queue.enqueue([entry]);
  expect(await queue.stats()).toMatchObject({ waiting: 0, claimed: 1 });
  await queue.close();
});

test("recorded tasks come in order of priority", async () => {
  const queue = await queueOf();
  const alert = await recordTask(store, { priority: 30 });
  const mention = await recordTask(store, { priority: 10 });
  expect((await queue.claim(now)).map(({ entry }) => entry.id)).toEqual([mention.taskId, alert.taskId]);
  await queue.close();
});

test("a task that was cancelled while it waited is claimed no more", async () => {
  const queue = await queueOf();
  const { taskId, entry } = await recordTask(store);
  await store.commands.requestStop(taskId, "stopped");
  expect(await queue.claim(now)).toEqual([]);
  await queue.enqueue([entry]);
  expect(await queue.claim(now)).toEqual([]);
  expect(await queue.stats()).toMatchObject({ waiting: 0, claimed: 0 });
  await queue.close();
});

test("a task that has ended leaves its thread to the next one as soon as its entry is completed", async () => {
  const queue = await queueOf();
  const first = await recordTask(store);
  const second = await recordTask(store, first.draft, first.tenant);
  const [claimed] = await queue.claim(now);
  const begun = await store.tasks.begin(first.taskId, { leaseMs: 600_000, agent: "scripted" });
  if (begun.status !== "begun") expect.unreachable(begun.status);
  await store.tasks.settle(begun.lease, { status: "succeeded", result });
  expect(await queue.claim(now)).toEqual([]);
  await claimed?.complete();
  expect((await queue.claim(now)).map(({ entry }) => entry.id)).toEqual([second.taskId]);
  await queue.close();
});

test("a failed task that is buried is counted, and comes back when it is queued again", async () => {
  const queue = await queueOf();
  const { taskId, entry } = await recordTask(store);
  const [claimed] = await queue.claim(now);
  const begun = await store.tasks.begin(taskId, { leaseMs: 600_000, agent: "scripted" });
  if (begun.status !== "begun") expect.unreachable(begun.status);
  await store.tasks.settle(begun.lease, { status: "failed", reason: "agent_failed", explanation: "" });
  await claimed?.bury("agent_failed");
  expect(await queue.stats()).toEqual({ waiting: 0, delayed: 0, claimed: 0, buried: 1, oldestWaitingMs: null });
  await queue.enqueue([entry]);
  expect(await queue.claim(now)).toEqual([]);
  await database.query("UPDATE tasks SET status = 'queued', finished_at = NULL WHERE id = $1", [taskId]);
  await queue.enqueue([entry]);
  expect((await queue.claim(now)).map((one) => one.entry.id)).toEqual([taskId]);
  await queue.close();
});
