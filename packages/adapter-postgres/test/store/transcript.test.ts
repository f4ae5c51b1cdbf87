import { recordTask } from "@agentbot/core/testing";
import { expect, test } from "vitest";
import { openPostgresStore } from "../fixtures/open-store.js";

const { store, database } = await openPostgresStore();
const event = { type: "agent:message", at: new Date(1.8e12), data: {} } as const;

const endedTask = async (events: number): Promise<string> => {
  const { taskId } = await recordTask(store);
  const begun = await store.tasks.begin(taskId, { leaseMs: 60_000, agent: "scripted" });
  if (begun.status !== "begun") throw new Error(begun.status);
  await store.transcript.append(
    begun.lease,
    Array.from({ length: events }, () => event),
  );
  await store.tasks.settle(begun.lease, { status: "failed", reason: "agent_failed", explanation: "" });
  return taskId;
};
const ago = (taskId: string) =>
  database.query("UPDATE tasks SET finished_at = now() - interval '2 days' WHERE id = $1", [taskId]);
const seqsOf = async (taskId: string) =>
  (await store.transcript.read(taskId, { afterSeq: 0, limit: 100 })).map(({ seq }) => seq);
const dayMs = 86_400_000;

test("pruning takes the events of tasks that ended long ago, a bounded number at once, oldest first", async () => {
  const [young, old, older] = [await endedTask(2), await endedTask(3), await endedTask(3)];
  await ago(old);
  await database.query("UPDATE tasks SET finished_at = now() - interval '3 days' WHERE id = $1", [older]);
  const prune = (limit: number) => store.transcript.prune({ olderThanMs: dayMs, limit });
  expect(await prune(2)).toBe(2);
  expect([await seqsOf(older), await seqsOf(old)]).toEqual([[3], [1, 2, 3]]);
  expect(await prune(3)).toBe(3);
  expect(await prune(100)).toBe(1);
  expect(await prune(100)).toBe(0);
  expect([await seqsOf(older), await seqsOf(old), await seqsOf(young)]).toEqual([[], [], [1, 2]]);
});

test("a reopened task whose transcript was pruned goes on with the next seq, and is pruned again when it has ended", async () => {
  const taskId = await endedTask(4);
  await ago(taskId);
  await store.transcript.prune({ olderThanMs: dayMs, limit: 100 });
  await store.tasks.reopen(taskId);
  expect(await seqsOf(taskId)).toEqual([5]);
  await store.commands.requestStop(taskId, "stopped");
  expect(await seqsOf(taskId)).toEqual([5, 6]);
  await ago(taskId);
  expect(await store.transcript.prune({ olderThanMs: dayMs, limit: 100 })).toBe(2);
});

test("several processes prune apart from each other", async () => {
  const taskIds = await Promise.all(Array.from({ length: 12 }, () => endedTask(2)));
  await Promise.all(taskIds.map(ago));
  const pruned = await Promise.all(
    Array.from({ length: 4 }, () => store.transcript.prune({ olderThanMs: dayMs, limit: 100 })),
  );
  expect(pruned.reduce((sum, count) => sum + count, 0)).toBe(24);
});
