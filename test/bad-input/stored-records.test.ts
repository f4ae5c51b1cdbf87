import { AgentBotError, createNoSandbox, createWorker, type Store, type Worker } from "@agentbot/core";
import { createFakeProvider, createScriptedRunner, eventually, recordTask } from "@agentbot/core/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { type OpenDatabase, openDatabase } from "./fixtures/open-database.js";
import { queueSubjects } from "./fixtures/queue-subjects.js";

let opened: OpenDatabase;
beforeAll(async () => {
  opened = await openDatabase();
});
afterAll(() => opened.close());
beforeEach(() => opened.database.runScript("TRUNCATE installations, threads CASCADE"));

const statuses = async () =>
  await opened.database.query("SELECT status, reason, attempt FROM tasks ORDER BY sequence", []);

describe.each(queueSubjects)("a worker with the queue on %s", (queueName, makeQueue) => {
  /** A worker that reconciles all the time and counts the tasks it tries to begin; each of its runs fails for good, since its provider has no such repository. */
  async function startWorker() {
    const subject = makeQueue(opened.database);
    const { store } = opened;
    const begun: string[] = [];
    let rounds = 0;
    const watched: Store = {
      ...store,
      tasks: {
        ...store.tasks,
        begin: (taskId, options) => {
          begun.push(taskId);
          return store.tasks.begin(taskId, options);
        },
      },
      outbox: {
        ...store.outbox,
        recover: (limit) => {
          rounds += 1;
          return store.outbox.recover(limit);
        },
      },
    };
    const prepare = async (): Promise<never> => {
      throw new AgentBotError("GIT_NAME_INVALID", "no repository of this name");
    };
    const worker: Worker = createWorker({
      ...{ store: watched, queue: subject.queue, workspaces: { prepare } },
      sandbox: createNoSandbox(),
      agent: createScriptedRunner({ script: async () => ({}) }),
      providers: [createFakeProvider()],
      ...{ effectRecheckMs: 1, reconcileIntervalMs: 10, shutdownGraceMs: 0 },
    });
    onTestFinished(async () => {
      await worker.stop();
      await subject.close();
    });
    await worker.start();
    const manyRounds = async (): Promise<void> => {
      const from = rounds;
      await eventually("many rounds of the reconciler", () => (rounds >= from + 20 ? true : null));
    };
    return { ...subject, store, begun, manyRounds };
  }

  test("parks a task of a newer release: it is not failed, uses no attempt and is not looked at all the time", async () => {
    const { taskId } = await recordTask(opened.store);
    await opened.database.query(`UPDATE tasks SET version = 99, draft = draft || '{"context": {}}' WHERE id = $1`, [
      taskId,
    ]);
    const { queue, begun, manyRounds } = await startWorker();
    await eventually("the task to be parked", async () => ((await queue.stats()).delayed === 1 ? true : null));
    await manyRounds();
    expect(begun).toEqual([taskId]);
    expect(await queue.stats()).toMatchObject({ waiting: 0, delayed: 1, claimed: 0, buried: 0 });
    expect(await statuses()).toEqual([{ status: "queued", reason: null, attempt: 0 }]);
  });

  test("fails a task whose record is corrupted, buries its entry with the reason, and goes on with its thread", async () => {
    const { store, database } = opened;
    const corrupted = await recordTask(store);
    const behind = await recordTask(store, corrupted.draft, corrupted.tenant);
    await database.query(`UPDATE tasks SET draft = draft || '{"context": "a secret"}' WHERE id = $1`, [
      corrupted.taskId,
    ]);
    const { queue, begun, buriedReason, manyRounds } = await startWorker();
    await eventually("both tasks to end", async () =>
      (await statuses()).every(({ status }) => status === "failed") ? true : null,
    );
    await eventually("both entries to be buried", async () => ((await queue.stats()).buried === 2 ? true : null));
    await manyRounds();
    expect(begun).toEqual([corrupted.taskId, behind.taskId]);
    expect(await statuses()).toEqual([
      { status: "failed", reason: "stored_row_invalid", attempt: 1 },
      { status: "failed", reason: "provider_rejected", attempt: 1 },
    ]);
    if (queueName !== "memory") expect(await buriedReason(corrupted.taskId)).toBe("stored_row_invalid");
    const [row] = await database.query("SELECT explanation, lease_until FROM tasks WHERE id = $1", [corrupted.taskId]);
    expect(row?.["explanation"]).toMatch(/The stored task .* does not parse \(draft\.context\)/);
    expect(JSON.stringify(row)).not.toContain("a secret");

    await database.query(`UPDATE tasks SET draft = draft || '{"context": []}' WHERE id = $1`, [corrupted.taskId]);
    expect(await store.tasks.reopen(corrupted.taskId)).toMatchObject({ status: "reopened" });
    await eventually("the mended task to run", async () =>
      (await store.tasks.find(corrupted.taskId))?.reason === "provider_rejected" ? true : null,
    );
  });
});
