import assert from "node:assert/strict";
import type { ContractClause } from "../contract-cases.js";
import { commandEntryFixture, queueEntryFixture } from "./queue-entry-fixture.js";
import { add, claim, claimedIds, claimOne, idsOf } from "./queue-steps.js";
import type { TaskQueueSubject } from "./task-queue-subject.js";

const commandOf = (lane: string) => commandEntryFixture({ lane: `command:${lane}` });

/** Entries of commands: `stop` must not wait for the task that it stops. */
export const queueCommandClauses: readonly ContractClause<TaskQueueSubject>[] = [
  {
    name: "a command is claimed as it was enqueued",
    check: async (subject) => {
      const command = commandEntryFixture();
      await add(subject, command);
      assert.deepEqual((await claimOne(subject)).entry, command);
    },
  },
  {
    name: "a command is claimed while a task of its thread is claimed, and before other tasks",
    check: async (subject) => {
      const [running, other] = [queueEntryFixture(), queueEntryFixture()];
      await add(subject, running);
      await claimOne(subject);
      const stop = commandOf(running.lane);
      await add(subject, other, stop);
      assert.deepEqual(claimedIds(await claim(subject)), idsOf(stop, other));
    },
  },
  {
    name: "a command is claimed while a task of its thread waits for its time",
    check: async (subject) => {
      const delayed = queueEntryFixture({ delayMs: 600_000 });
      const stop = commandOf(delayed.lane);
      await add(subject, delayed, stop);
      assert.deepEqual(claimedIds(await claim(subject)), [stop.id]);
    },
  },
  {
    name: "commands of one lane are claimed one at a time, in order",
    check: async (subject) => {
      const first = commandEntryFixture();
      const second = commandEntryFixture({ lane: first.lane });
      await add(subject, first, second);
      const [claimed, ...rest] = await claim(subject);
      assert.equal(claimed?.entry.id, first.id);
      assert.deepEqual(rest, []);
      await claimed?.complete();
      assert.deepEqual(claimedIds(await claim(subject)), [second.id]);
    },
  },
  {
    name: "a released command is claimed again, and a cancelled one is not",
    check: async (subject) => {
      const [released, cancelled] = [commandEntryFixture(), commandEntryFixture()];
      await add(subject, released);
      await (await claimOne(subject)).release(0);
      await add(subject, cancelled);
      assert.equal(await subject.queue.cancel(cancelled.id), true);
      assert.deepEqual(claimedIds(await claim(subject)), [released.id]);
    },
  },
  {
    name: "a claim of one kind leaves entries of the other",
    check: async (subject) => {
      const [task, command] = [queueEntryFixture(), commandEntryFixture()];
      await add(subject, task);
      assert.deepEqual(await claim(subject, { kind: "command" }), []);
      await add(subject, command);
      assert.deepEqual(claimedIds(await claim(subject, { kind: "command" })), [command.id]);
      await add(subject, commandEntryFixture());
      assert.deepEqual(claimedIds(await claim(subject, { kind: "task" })), [task.id]);
    },
  },
  {
    name: "a waiting claim of one kind is not woken by the other, which goes to a claim behind it",
    check: async (subject) => {
      const [task, command] = [queueEntryFixture(), commandEntryFixture()];
      const forCommands = claim(subject, { kind: "command", waitMs: 5000 });
      const forTasks = claim(subject, { kind: "task", waitMs: 5000 });
      await add(subject, task);
      assert.deepEqual(claimedIds(await forTasks), [task.id]);
      await add(subject, command);
      assert.deepEqual(claimedIds(await forCommands), [command.id]);
    },
  },
  {
    name: "a command counts in the stats and wakes a waiting claim",
    check: async (subject) => {
      const waiting = claim(subject, { waitMs: 15_000 });
      const [first, second] = [commandEntryFixture(), commandEntryFixture()];
      await add(subject, first);
      assert.deepEqual(claimedIds(await waiting), [first.id]);
      await add(subject, second);
      const { waiting: waitingCount, claimed } = await subject.queue.stats();
      assert.deepEqual({ waitingCount, claimed }, { waitingCount: 1, claimed: 1 });
    },
  },
];
