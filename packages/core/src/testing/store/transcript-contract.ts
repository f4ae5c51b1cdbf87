import assert from "node:assert/strict";
import type { Store } from "../../ports/store.js";
import type { TaskEventDraft, TaskEventType } from "../../task/task-event.js";
import type { ContractCase, ContractOptions } from "../contract.js";
import { type ContractClause, contractCases } from "../contract-cases.js";
import { eventually } from "../eventually.js";
import { beginTask, recoverTask, runningTask, shortLease } from "./begin-task.js";
import { fenceClauses } from "./fence-clauses.js";
import { recordTask } from "./record-task.js";

const line = (text: string): TaskEventDraft => ({
  type: "agent:message",
  at: new Date("2026-11-22T10:00:00.123Z"),
  data: { text, nested: { list: [1, null, true], ключ: '\u{1f980} "quoted"' } },
});

const lines = (count: number): TaskEventDraft[] => Array.from({ length: count }, (_, index) => line(`line ${index}`));

const clauses: readonly ContractClause<Store>[] = [
  {
    name: "events come back as they were written, counted from 1",
    check: async (store) => {
      const { lease } = await runningTask(store);
      const written = lines(3);
      assert.equal(await store.transcript.append(lease, written), 3);
      assert.deepEqual(
        await store.transcript.read(lease.taskId, { afterSeq: 0, limit: 10 }),
        written.map((event, index) => ({ seq: index + 1, ...event })),
      );
    },
  },
  {
    name: "an empty batch is harmless",
    check: async (store) => {
      const { lease } = await runningTask(store);
      assert.equal(await store.transcript.append(lease, []), 0);
      await store.transcript.append(lease, lines(2));
      assert.equal(await store.transcript.append(lease, []), 2);
    },
  },
  {
    name: "a reader that continues after the last seq misses no event and sees none twice",
    check: async (store) => {
      const { lease } = await runningTask(store);
      await store.transcript.append(lease, lines(7));
      const seen: number[] = [];
      for (;;) {
        const batch = await store.transcript.read(lease.taskId, { afterSeq: seen.at(-1) ?? 0, limit: 3 });
        assert.ok(batch.length <= 3);
        if (batch.length === 0) break;
        seen.push(...batch.map(({ seq }) => seq));
      }
      assert.deepEqual(seen, [1, 2, 3, 4, 5, 6, 7]);
    },
  },
  {
    name: "concurrent batches get seqs without gaps, each batch in one piece",
    check: async (store) => {
      const { lease } = await runningTask(store);
      const batches = Array.from({ length: 10 }, (_, batch) => [
        line(`${batch}/0`),
        line(`${batch}/1`),
        line(`${batch}/2`),
      ]);
      const last = await Promise.all(batches.map((batch) => store.transcript.append(lease, batch)));
      assert.deepEqual(
        [...last].sort((one, other) => one - other),
        [3, 6, 9, 12, 15, 18, 21, 24, 27, 30],
      );
      const stored = await store.transcript.read(lease.taskId, { afterSeq: 0, limit: 100 });
      assert.deepEqual(
        stored.map(({ seq }) => seq),
        Array.from({ length: 30 }, (_, index) => index + 1),
      );
      for (const [batch, lastSeq] of last.entries()) {
        const texts = stored.slice(lastSeq - 3, lastSeq).map(({ data }) => data["text"]);
        assert.deepEqual(texts, [`${batch}/0`, `${batch}/1`, `${batch}/2`]);
      }
    },
  },
  {
    name: "the next worker's events follow the last one's",
    check: async (store) => {
      const { taskId } = await recordTask(store);
      const { lease } = await beginTask(store, taskId, shortLease);
      await store.transcript.append(lease, lines(2));
      await recoverTask(store, taskId);
      const { lease: next } = await beginTask(store, taskId);
      assert.equal(await store.transcript.append(next, lines(1)), 3);
    },
  },
  {
    name: "a task has no events of another, and an unknown task has none",
    check: async (store) => {
      const one = await runningTask(store);
      const other = await runningTask(store);
      await store.transcript.append(one.lease, lines(2));
      assert.equal(await store.transcript.append(other.lease, lines(1)), 1);
      assert.equal((await store.transcript.read(one.lease.taskId, { afterSeq: 0, limit: 10 })).length, 2);
      assert.deepEqual(await store.transcript.read("no id of ours", { afterSeq: 0, limit: 10 }), []);
    },
  },
  {
    name: "steps returns the events of the bot itself, of several tasks at once, the last ones of each",
    check: async (store) => {
      const [one, other, silent] = [await runningTask(store), await runningTask(store), await runningTask(store)];
      const step = (type: TaskEventType, stage: string): TaskEventDraft => ({ ...line(""), type, data: { stage } });
      const told = [step("task:begun", ""), line("said"), step("stage:started", "admit"), line("said"), line("said")];
      await store.transcript.append(one.lease, [...told, step("stage:finished", "admit"), step("task:settled", "")]);
      await store.transcript.append(other.lease, [step("stage:started", "admit"), line("said")]);
      await store.transcript.append(silent.lease, lines(2));
      const taskIds = [other.task.id, one.task.id, silent.task.id, "no id of ours"];
      const seqs = async (limit: number) =>
        [...(await store.transcript.steps(taskIds, limit))]
          .map(([taskId, events]) => [taskId, events.map(({ seq }) => seq)])
          .sort();
      assert.deepEqual(
        await seqs(10),
        [
          [one.task.id, [1, 3, 6]],
          [other.task.id, [1]],
        ].sort(),
      );
      assert.deepEqual(
        await seqs(2),
        [
          [one.task.id, [3, 6]],
          [other.task.id, [1]],
        ].sort(),
      );
      const steps = await store.transcript.steps([one.task.id], 1);
      const read = await store.transcript.read(one.task.id, { afterSeq: 5, limit: 1 });
      assert.deepEqual(steps.get(one.task.id), read);
      assert.equal((await store.transcript.steps([], 10)).size, 0);
    },
  },
  {
    name: "prune deletes the events of tasks that ended long enough ago, the oldest first, and no others",
    check: async (store) => {
      const { lease } = await runningTask(store);
      const running = await runningTask(store);
      for (const held of [lease, running.lease]) await store.transcript.append(held, lines(5));
      await store.tasks.settle(lease, { status: "failed", reason: "agent_failed", explanation: "It failed." });
      const read = (taskId: string) => store.transcript.read(taskId, { afterSeq: 0, limit: 100 });
      await store.transcript.prune({ olderThanMs: 3_600_000, limit: 1000 });
      assert.equal((await read(lease.taskId)).length, 5);
      // Another case of the same store may have left tasks that ended: their events may go first.
      await eventually("the events to be pruned", async () => {
        const pruned = await store.transcript.prune({ olderThanMs: 0, limit: 3 });
        assert.ok(pruned <= 3);
        const left = (await read(lease.taskId)).map(({ seq }) => seq);
        assert.deepEqual(left, [1, 2, 3, 4, 5].slice(5 - left.length));
        return left.length === 0 ? true : null;
      });
      assert.equal((await read(running.task.id)).length, 5);
    },
  },
  {
    name: "prune deletes every event once, however many processes prune at once",
    check: async (store) => {
      const prune = () => store.transcript.prune({ olderThanMs: 0, limit: 1000 });
      await eventually("an empty store of old events", async () => ((await prune()) === 0 ? true : null));
      const { lease } = await runningTask(store);
      await store.transcript.append(lease, lines(20));
      await store.tasks.settle(lease, { status: "failed", reason: "agent_failed", explanation: "It failed." });
      let pruned = 0;
      await eventually("all events to be pruned", async () => {
        for (const count of await Promise.all(Array.from({ length: 4 }, prune))) pruned += count;
        return pruned >= 20 ? true : null;
      });
      assert.equal(pruned, 20);
      assert.equal(await prune(), 0);
    },
  },
  {
    name: "the seqs of a reopened task go on after its pruned events",
    check: async (store) => {
      const { lease } = await runningTask(store);
      await store.transcript.append(lease, lines(3));
      await store.tasks.settle(lease, { status: "failed", reason: "agent_failed", explanation: "It failed." });
      const { taskId } = lease;
      await eventually("the events to be pruned", async () => {
        await store.transcript.prune({ olderThanMs: 0, limit: 1000 });
        const left = await store.transcript.read(taskId, { afterSeq: 0, limit: 10 });
        return left.length === 0 ? true : null;
      });
      await store.tasks.reopen(taskId);
      const { lease: next } = await beginTask(store, taskId);
      assert.equal(await store.transcript.append(next, lines(2)), 6);
      for (const [afterSeq, seqs] of [
        [0, [4, 5, 6]],
        [4, [5, 6]],
        [6, []],
      ] as const) {
        const events = await store.transcript.read(taskId, { afterSeq, limit: 10 });
        assert.deepEqual(
          events.map(({ seq }) => seq),
          seqs,
        );
      }
    },
  },
  ...fenceClauses("append", ({ transcript }, lease) => transcript.append(lease, lines(1))),
];

/** The contract of the port `Transcript`; run it on a whole {@link Store}. */
export function transcriptContract(options: ContractOptions<Store>): readonly ContractCase[] {
  return contractCases("transcript", options, clauses);
}
