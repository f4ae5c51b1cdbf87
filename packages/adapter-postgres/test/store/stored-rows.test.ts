import { taskVersion } from "@agentbot/core/adapter";
import {
  agentOutcomeFixture,
  checkpointFixture,
  recordCommand,
  recordTask,
  rejectsWithCode,
} from "@agentbot/core/testing";
import { describe, expect, test } from "vitest";
import { openStore } from "../fixtures/open-store.js";

const { store, database } = await openStore();
const lease = { leaseMs: 600_000, agent: "scripted" };

describe("a stored row", () => {
  test("that does not parse is named by table, id and column, never by what it holds", async () => {
    const { taskId } = await recordTask(store);
    await database.query(`UPDATE tasks SET draft = draft || '{"context": "secret"}' WHERE id = $1`, [taskId]);
    await rejectsWithCode(store.tasks.find(taskId), "STORED_ROW_INVALID");
    const error = await store.tasks.find(taskId).catch(String);
    expect(error).toContain(`The stored task ${taskId} does not parse (draft.context)`);
    expect(error).not.toContain("secret");
    await database.query(`UPDATE tasks SET draft = draft || '{"context": []}' WHERE id = $1`, [taskId]);
    expect((await store.tasks.find(taskId))?.context).toEqual([]);
  });

  test("of version 1 keeps the pull request whose number it has", async () => {
    const { taskId, draft } = await recordTask(store);
    const { commandId } = await recordCommand(store, "stop", { repository: draft.repository });
    const former = `draft = jsonb_set(draft #- '{origin,pullRequest}', '{origin,pullRequestNumber}', '12')`;
    await database.query(`UPDATE tasks SET version = 1, ${former} WHERE id = $1`, [taskId]);
    await database.query(`UPDATE commands SET ${former} WHERE id = $1`, [commandId]);
    const pullRequest = { repositoryId: draft.repository?.id, number: 12, headCommit: null };
    expect((await store.tasks.find(taskId))?.origin).toEqual({ ...draft.origin, pullRequest });
    expect((await store.commands.find(commandId))?.origin).toMatchObject({ pullRequest });
    expect(await store.tasks.begin(taskId, lease)).toMatchObject({
      status: "begun",
      task: { origin: { pullRequest } },
    });
  });

  test("of a newer release is left to it: never begun, never failed, and no list breaks", async () => {
    const { taskId, entry } = await recordTask(store);
    await database.query(`UPDATE tasks SET version = $2, draft = draft || '{"context": {}}' WHERE id = $1`, [
      taskId,
      taskVersion + 1,
    ]);
    const result = await store.tasks.begin(taskId, lease);
    expect(result.status).toBe("waiting");
    expect(result.status === "waiting" && result.retryInMs).toBeGreaterThanOrEqual(60_000);
    expect((await store.tasks.search({ threadId: entry.lane })).items).toEqual([]);
    expect((await store.outbox.waiting({ limit: 1000 })).items).toContainEqual(entry);
    await rejectsWithCode(store.tasks.find(taskId), "STORED_ROW_INVALID");
    expect(await store.commands.requestStop(taskId, "stopped")).toBe("cancelled");
  });
});

describe("the tables", () => {
  test("refuse a second running task of a thread from every client", async () => {
    const first = await recordTask(store);
    const second = await recordTask(store, first.draft, first.tenant);
    await store.tasks.begin(first.taskId, lease);
    const force = database.query("UPDATE tasks SET status = 'running', lease_until = now() WHERE id = $1", [
      second.taskId,
    ]);
    await expect(force).rejects.toMatchObject({ code: "23505" });
  });

  test("answer the questions of people", async () => {
    const { taskId } = await recordTask(store);
    const begun = await store.tasks.begin(taskId, lease);
    if (begun.status !== "begun") throw new Error("expected to begin");
    const outcome = agentOutcomeFixture({ usage: { ...agentOutcomeFixture().usage, costUsd: 0.1 } });
    await store.checkpoints.save(begun.lease, checkpointFixture({ isFinished: false, outcome }));
    await store.tasks.settle(begun.lease, {
      status: "queued",
      cause: "retry",
      reason: "agent_interrupted",
      delayMs: 0,
    });
    const again = await store.tasks.begin(taskId, lease);
    if (again.status !== "begun") throw new Error("expected to begin again");
    await store.checkpoints.save(
      again.lease,
      checkpointFixture({ outcome: { ...outcome, usage: { ...outcome.usage, costUsd: 0.2 } } }),
    );
    const rows = await database.query(
      `SELECT status, reason, not_before, cost_usd::text, input_tokens, output_tokens, attempt, fence,
        lease_until > now() AS is_held, cancel_requested_at FROM tasks WHERE id = $1`,
      [taskId],
    );
    expect(rows).toEqual([
      {
        status: "running",
        reason: null,
        not_before: null,
        cost_usd: "0.3",
        input_tokens: 2400,
        output_tokens: 680,
        attempt: 2,
        fence: 2,
        is_held: true,
        cancel_requested_at: null,
      },
    ]);
    const counts = await database.query("SELECT status, COUNT(*) FROM tasks GROUP BY status", []);
    expect(counts.map(({ status }) => status)).toContain("running");
  });

  test("hold no money for a task that is final, however it ended", async () => {
    const { taskId } = await recordTask(store);
    const begun = await store.tasks.begin(taskId, lease);
    if (begun.status !== "begun") throw new Error("expected to begin");
    await store.budgets.reserve(begun.lease, 3, [{ scope: taskId, limitUsd: 5 }]);
    expect(await store.budgets.balance(taskId)).toEqual({ reservedUsd: 3, spentUsd: 0 });
    await store.tasks.settle(begun.lease, { status: "failed", reason: "agent_failed", explanation: "It failed." });
    expect(await store.budgets.balance(taskId)).toEqual({ reservedUsd: 0, spentUsd: 0 });
  });
});

describe("ping", () => {
  test("ends when its signal aborts", async () => {
    await rejectsWithCode(store.health.ping({ signal: AbortSignal.abort() }), "STORE_UNAVAILABLE");
    const controller = new AbortController();
    let end = (): void => {};
    let blocked: Promise<void> = Promise.resolve();
    await new Promise<void>((entered) => {
      blocked = database.transaction(
        () =>
          new Promise<void>((resolve) => {
            end = resolve;
            entered();
          }),
      );
    });
    const pinged = store.health.ping({ signal: controller.signal });
    controller.abort();
    await rejectsWithCode(pinged, "STORE_UNAVAILABLE");
    end();
    await blocked;
    await store.health.ping({ signal: new AbortController().signal });
  });
});
