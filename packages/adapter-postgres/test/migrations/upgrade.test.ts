import { readFile } from "node:fs/promises";
import type { Store, Task, TaskSummary } from "@agentbot/core";
import { deliveryFixture } from "@agentbot/core/testing";
import { beforeAll, describe, expect, test } from "vitest";
import { createPostgresQueue, createPostgresStore, migrate, openPostgresDatabase } from "../../src/index.js";
import { applyMigrations } from "../../src/migrations/migrate.js";
import { migrationList } from "../../src/migrations/migration-list.js";
import { createDatabase } from "../fixtures/create-database.js";
import { keyRingFixture } from "../fixtures/key-ring.js";

const scope = { provider: "acme", tenant: "4242" };
const signal = new AbortController().signal;

describe("a database of the release with migrations 0001 to 0006 upgrades, and", async () => {
  const server = await createDatabase();
  const database = openPostgresDatabase({ pool: server.pool() });
  const store: Store = createPostgresStore({ database, keyRing: keyRingFixture() });
  const queue = createPostgresQueue({ database });

  beforeAll(async () => {
    await applyMigrations(database, migrationList.slice(0, 6));
    await database.runScript(await readFile(new URL("fixtures/rows-of-0006.sql", import.meta.url), "utf8"));
    // Its checksums are those of the release: not a byte of the first six was changed since.
    await migrate(database);
    await database.runScript(`UPDATE tasks SET lease_until = now() + interval '1 hour' WHERE title = 'Task running';
      UPDATE tasks SET not_before = now() + interval '1 hour' WHERE not_before IS NOT NULL`);
  });

  const tasksCalled = async (name: string): Promise<readonly TaskSummary[]> =>
    (await store.tasks.search({ text: `task ${name}` })).items;
  const taskCalled = async (name: string): Promise<Task> => {
    const [task] = await tasksCalled(name);
    const found = task ? await store.tasks.find(task.id) : null;
    return found ?? expect.unreachable(`no task ${name}`);
  };

  test("tasks of every status are read in the new form", async () => {
    const statuses = await database.query("SELECT status, COUNT(*)::integer AS count FROM tasks GROUP BY status", []);
    expect(new Set(statuses.map(({ status, count }) => `${status} ${count}`))).toEqual(
      new Set(["queued 4", "running 2", "succeeded 1", "failed 2", "cancelled 1"]),
    );
    expect(await taskCalled("succeeded")).toMatchObject({
      status: "succeeded",
      trigger: "mention",
      priority: 10,
      actor: { provider: "acme", id: "583231", login: "Octocat" },
      isPreauthorized: false,
      origin: {
        ...{ ...scope, conversation: "Octocat/Hello#succeeded", message: "77" },
        pullRequest: { repositoryId: "1296269", number: 12 },
      },
      repository: { ...scope, id: "1296269", path: "Octocat/Hello", defaultBranch: "main" },
      instruction: "fix the succeeded test",
      context: [{ source: "issue title", authorId: "583231", permission: null, text: "succeeded" }],
      sessionId: "session-1",
      usage: { costUsd: 0.25, inputTokens: 1, outputTokens: 2, cacheReadTokens: 3, cacheCreationTokens: 4 },
      result: { branch: "agentbot/1", pullRequest: { number: 99 } },
    });
    const { occurredAt, createdAt } = await taskCalled("succeeded");
    expect(occurredAt).toEqual(createdAt);
    expect(await taskCalled("failed")).toMatchObject({
      ...{ status: "failed", reason: "agent_failed" },
      origin: { pullRequest: null },
    });
    expect(await taskCalled("cancelled")).toMatchObject({ status: "cancelled", reason: "stopped", trigger: "label" });
    expect(await taskCalled("running")).toMatchObject({ status: "running", cancelReason: "stopped" });
    expect(await taskCalled("retried")).toMatchObject({ status: "queued", reason: "agent_overloaded", attempt: 1 });
    expect(await taskCalled("bot")).toMatchObject({ isPreauthorized: true, actor: { login: "helper[bot]" } });
  });

  test("each filter of the search finds them", async () => {
    const count = async (search: Parameters<Store["tasks"]["search"]>[0]) =>
      (await store.tasks.search(search)).items.length;
    expect(await count({ repository: "octocat/hello" })).toBe(10);
    expect(await count({ provider: "acme", actor: "octoCAT" })).toBe(9);
    expect(await count({ trigger: "label" })).toBe(1);
    expect(await count({ text: "thing another" })).toBe(1);
  });

  test("threads are found by the names of their provider's tenant", async () => {
    const alias = { ...scope, alias: "acme:1296269:pull:99" };
    const { threadId } = await taskCalled("succeeded");
    const names = ["acme:1296269:issue:succeeded", "acme:1296269:pull:succeeded", "acme:1296269:pull:99"];
    expect(await store.threads.find(alias)).toMatchObject({
      ...{ id: threadId, sessionId: "session-1", repository: null },
      aliases: names.map((name) => ({ ...scope, alias: name })),
    });
    expect(await store.threads.find({ ...alias, tenant: "other" })).toBeNull();
  });

  test("what a run left behind is there", async () => {
    const { id } = await taskCalled("succeeded");
    expect(await store.effects.list(id)).toMatchObject([{ kind: "status-comment", result: { id: 1 } }]);
    expect(await store.transcript.read(id, { afterSeq: 0, limit: 10 })).toMatchObject([{ seq: 1 }, { seq: 2 }]);
    expect(await store.checkpoints.find(id)).toMatchObject({ isFinished: true, commit: "c".repeat(40) });
    expect(await store.budgets.balance("day")).toEqual({ reservedUsd: 1, spentUsd: 0.25 });
  });

  test("installations keep their secrets and statuses", async () => {
    const installation = await store.installations.findByExternalId("acme", "4242");
    expect(installation).toMatchObject({ status: "active", webhookSecret: "whsec-of-the-old-release" });
    expect(await store.installations.findByExternalId("acme", "9")).toMatchObject({ status: "suspended" });
    const changed = await database.query("SELECT status_changed_at FROM installations WHERE external_id = '9'", []);
    expect(changed).toEqual([{ status_changed_at: new Date(1.8e12) }]);
  });

  test("deliveries keep their verdicts, keys and bodies", async () => {
    const { items } = await store.inbox.search({ provider: "acme", limit: 100 });
    expect(items).toHaveLength(15);
    const first = items.at(-1);
    const { id } = await taskCalled("succeeded");
    expect(first).toMatchObject({
      ...{ contentType: "application/json", dedupeKey: "1296269:comment:1" },
      verdict: { status: "accepted", taskId: id },
    });
    const stored = await store.inbox.find(first?.id ?? "");
    expect(Buffer.from(stored?.body ?? []).toString()).toBe('{"n":1}');
    const again = deliveryFixture({ endpoint: "acme", provider: "acme", dedupeKey: "1296269:comment:1" });
    const request = { kind: "ignored", reason: "other" } as const;
    expect(await store.inbox.record(again, request)).toMatchObject({ status: "duplicate", taskId: id });
  });

  test("waiting tasks run, each in its thread's order", async () => {
    expect(await queue.stats()).toMatchObject({ buried: 1 });
    const claimed = await queue.claim({ limit: 100, leaseMs: 60_000, waitMs: 0, signal });
    const waiting = (await tasksCalled("waiting")).at(-1);
    const mine = claimed.find(({ entry }) => entry.id === waiting?.id);
    expect(mine?.entry).toMatchObject({ kind: "task", lane: waiting?.threadId, priority: 10 });
    const begun = await store.tasks.begin(waiting?.id ?? "", { leaseMs: 60_000, agent: "scripted" });
    if (begun.status !== "begun") expect.unreachable(begun.status);
    await store.tasks.settle(begun.lease, { status: "failed", reason: "agent_failed", explanation: "" });
    await mine?.complete();
    const [next] = await queue.claim({ limit: 1, leaseMs: 60_000, waitMs: 0, signal });
    expect(next?.entry.lane).toBe(waiting?.threadId);
    await queue.close();
  });

  test("an abandoned task is recovered, and a failed one reopened", async () => {
    expect(await store.outbox.recover(10)).toMatchObject([{ id: (await taskCalled("abandoned")).id, kind: "task" }]);
    const buried = await taskCalled("buried");
    expect(await store.tasks.reopen(buried.id)).toMatchObject({ status: "reopened", entry: { lane: buried.threadId } });
    expect(await store.outbox.tryAcquireSweep(1)).toBe(true);
    expect(await store.outbox.count()).toMatchObject({ running: 1, commands: 0 });
  });
});
