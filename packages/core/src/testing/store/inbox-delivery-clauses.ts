import assert from "node:assert/strict";
import type { InboxRequest } from "../../ports/inbox.js";
import type { Store } from "../../ports/store.js";
import { taskVersion } from "../../task/task.js";
import { newTaskId } from "../../task/task-id.js";
import type { ContractClause } from "../contract-cases.js";
import { deliveryFixture } from "../delivery-fixture.js";
import { freshId } from "../fresh-id.js";
import { repositoryFixture, taskRequestFixture } from "../task-draft-fixture.js";
import { acceptedTask } from "./record-task.js";

/** Which deliveries are the same, and the result of each. */
export const inboxDeliveryClauses: readonly ContractClause<Store>[] = [
  {
    name: "an accepted delivery is stored with its bytes and a queued task made of its draft",
    check: async ({ inbox, tasks, installations }) => {
      const delivery = deliveryFixture({ body: Uint8Array.from([0, 255, 128, 10]), traceparent: "00-trace" });
      const request = taskRequestFixture();
      const { taskId, deliveryId, entry } = acceptedTask(await inbox.record(delivery, request));
      const found = await inbox.find(deliveryId);
      assert.ok(found?.body && found.receivedAt instanceof Date);
      assert.deepEqual(Buffer.from(found.body), Buffer.from(delivery.body));
      const { body: _bytes, ...facts } = delivery;
      const { body: _stored, receivedAt: _at, ...stored } = found;
      const task = await tasks.find(taskId);
      assert.ok(task && task.createdAt instanceof Date);
      const { installationId, threadId, createdAt: _created, ...rest } = task;
      assert.deepEqual(stored, {
        ...facts,
        id: deliveryId,
        verdict: { status: "accepted", taskId },
        installationId,
        seenCount: 1,
      });
      const { threadAliases: _aliases, whenThreadBusy: _busy, ...asked } = request.draft;
      assert.deepEqual(rest, {
        ...asked,
        ...{ version: taskVersion, id: taskId, status: "queued", reason: null, attempt: 0, fence: 0, notBefore: null },
        ...{ cancelRequestedAt: null, cancelReason: null, agent: null, model: null, sessionId: null, result: null },
        usage: { costUsd: 0, inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheCreationTokens: 0 },
        ...{ traceparent: "00-trace", startedAt: null, finishedAt: null },
      });
      const { priority } = request.draft;
      assert.deepEqual(entry, { id: taskId, kind: "task", lane: threadId, installationId, priority, delayMs: 0 });
      const { id: _id, ...installation } = (await installations.find(installationId)) ?? {};
      assert.deepEqual(installation, { provider: "acme", ...request.tenant, status: "active", webhookSecret: null });
    },
  },
  {
    name: "the same bytes at the same endpoint are a duplicate with the first one's task, and are counted",
    check: async ({ inbox }) => {
      const delivery = deliveryFixture({ dedupeKey: null });
      const first = await inbox.record(delivery, taskRequestFixture());
      assert.equal(first.status, "accepted");
      const { taskId, deliveryId } = first;
      for (const externalId of [delivery.externalId, freshId("redelivery"), null]) {
        const again = await inbox.record({ ...delivery, externalId }, taskRequestFixture());
        assert.deepEqual(again, { status: "duplicate", deliveryId, taskId });
      }
      assert.equal((await inbox.find(deliveryId))?.seenCount, 4);
    },
  },
  {
    name: "deliveries without a dedupe key differ by their bytes, whatever their delivery id",
    check: async ({ inbox }) => {
      const externalId = freshId("delivery");
      for (let count = 0; count < 2; count += 1) {
        const recorded = await inbox.record(deliveryFixture({ dedupeKey: null, externalId }), taskRequestFixture());
        assert.equal(recorded.status, "accepted");
      }
    },
  },
  {
    name: "a delivery id that comes again with another body is reported, at its own endpoint only",
    check: async ({ inbox }) => {
      const externalId = freshId("delivery");
      const unwanted = { kind: "ignored", reason: "no_mention" } as const;
      const isReused = async (overrides: Parameters<typeof deliveryFixture>[0], request: InboxRequest) => {
        const recorded = await inbox.record(deliveryFixture({ externalId, ...overrides }), request);
        return recorded.status !== "duplicate" && recorded.isExternalIdReused;
      };
      const first = deliveryFixture({ externalId });
      for (let count = 0; count < 2; count += 1) {
        assert.equal("isExternalIdReused" in (await inbox.record(first, taskRequestFixture())), false);
      }
      assert.equal(await isReused({}, taskRequestFixture()), true);
      assert.equal(await isReused({}, unwanted), true);
      assert.equal(await isReused({ endpoint: `acme/${newTaskId()}` }, taskRequestFixture()), undefined);
      assert.equal(await isReused({ externalId: null }, unwanted), undefined);
      assert.equal(await isReused({ externalId: null }, unwanted), undefined);
    },
  },
  {
    name: "the same delivery at two endpoints is two deliveries",
    check: async ({ inbox }) => {
      const delivery = deliveryFixture();
      const one = await inbox.record(delivery, taskRequestFixture());
      const other = await inbox.record({ ...delivery, endpoint: `acme/${newTaskId()}` }, taskRequestFixture());
      assert.equal(one.status, "accepted");
      assert.equal(other.status, "accepted");
    },
  },
  {
    name: "of 20 concurrent identical deliveries exactly one is accepted",
    check: async ({ inbox, tasks }) => {
      const delivery = deliveryFixture();
      const repository = repositoryFixture();
      const request = taskRequestFixture({ repository });
      const results = await Promise.all(Array.from({ length: 20 }, () => inbox.record(delivery, request)));
      const accepted = results.filter(({ status }) => status === "accepted");
      assert.equal(accepted.length, 1);
      assert.equal(new Set(results.map(({ deliveryId }) => deliveryId)).size, 1);
      const ids = results.map((result) => (result.status === "ignored" ? result.reason : result.taskId));
      assert.equal(new Set(ids).size, 1);
      assert.equal((await inbox.find(results[0]?.deliveryId ?? ""))?.seenCount, 20);
      const made = await tasks.search({ repository: repository.path });
      assert.equal(made.items.length, 1);
    },
  },
  {
    name: "an ignored delivery stays ignored with its first reason",
    check: async ({ inbox }) => {
      const delivery = deliveryFixture();
      const first = await inbox.record(delivery, { kind: "ignored", reason: "no_mention" });
      assert.deepEqual(first, { status: "ignored", deliveryId: first.deliveryId, reason: "no_mention" });
      assert.deepEqual(await inbox.record(delivery, { kind: "ignored", reason: "another" }), first);
      assert.deepEqual(await inbox.record(delivery, taskRequestFixture()), first);
      const found = await inbox.find(first.deliveryId);
      assert.deepEqual(found?.verdict, { status: "ignored", reason: "no_mention" });
      assert.equal(found?.seenCount, 3);
      assert.equal(found?.installationId, null);
    },
  },
  {
    name: "a stored delivery changes neither with its draft nor with a result of find",
    check: async ({ inbox, tasks }) => {
      const delivery = deliveryFixture({ body: Uint8Array.from([1, 2, 3]) });
      const request = taskRequestFixture();
      const { taskId, deliveryId } = acceptedTask(await inbox.record(delivery, request));
      const before = await tasks.find(taskId);
      delivery.body.fill(0);
      // Types forbid it; a store is safe from code without types too.
      Object.assign(request.draft, { title: "changed" });
      Object.assign(request.draft.context, { length: 0 });
      const found = await tasks.find(taskId);
      if (found) Object.assign(found.context, { length: 0 });
      for (const task of [found, (await tasks.search({ actor: "octocat" })).items[0]]) {
        if (task) Object.assign(task, { status: "failed" });
      }
      (await inbox.find(deliveryId))?.body?.fill(0);
      assert.deepEqual(await tasks.find(taskId), before);
      const body = (await inbox.find(deliveryId))?.body;
      assert.deepEqual(Buffer.from(body ?? []), Buffer.from([1, 2, 3]));
    },
  },
  {
    name: "an unknown and a malformed id find nothing",
    check: async ({ inbox }) => {
      for (const id of [newTaskId(), "", "no id of ours"]) assert.equal(await inbox.find(id), null);
    },
  },
];
