import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { AgentBotError } from "../../errors/agentbot-error.js";
import type { OAuthTokens } from "../../ports/credential-store.js";
import type { InboxRequest } from "../../ports/inbox.js";
import type { Store } from "../../ports/store.js";
import type { Usage } from "../../task/agent-outcome.js";
import type { TaskDraft } from "../../task/task-draft.js";
import { agentOutcomeFixture, checkpointFixture } from "../checkpoint-fixture.js";
import type { ContractClause } from "../contract-cases.js";
import { deliveryFixture } from "../delivery-fixture.js";
import { freshId } from "../fresh-id.js";
import { rejectsWithCode } from "../rejects-with-code.js";
import {
  commandRequestFixture,
  repositoryFixture,
  taskDraftFixture,
  taskRequestFixture,
  tenantFixture,
} from "../task-draft-fixture.js";
import { runningTask } from "./begin-task.js";
import { acceptedTask } from "./record-task.js";

/** A text that no compression of an index makes shorter. */
const nameOf = (length: number): string => randomBytes(length).toString("base64url").slice(0, length);

async function assertRefused(work: Promise<unknown>, problem: RegExp): Promise<void> {
  await assert.rejects(work, (error: unknown) => {
    assert.ok(AgentBotError.hasCode(error, "REQUEST_INVALID"), `expected REQUEST_INVALID, got ${String(error)}`);
    assert.match(error.message, problem);
    return true;
  });
}

const withDraft = (overrides: Partial<TaskDraft>): InboxRequest => taskRequestFixture(overrides);

/** Requests that no store takes, and their error. A gateway records such a delivery as ignored. */
export const inboxStorableClauses: readonly ContractClause<Store>[] = [
  {
    name: "a name that is longer than an index takes is refused with its field and the limit",
    check: async ({ inbox }) => {
      const long = nameOf(801);
      const { actor, origin } = taskDraftFixture();
      const tenant = tenantFixture({ externalId: long });
      const refused: readonly (readonly [RegExp, InboxRequest])[] = [
        [/request\.draft\.threadAliases\.1/, withDraft({ threadAliases: [freshId("issue"), long] })],
        [/request\.draft\.actor\.id/, withDraft({ actor: { ...actor, id: long } })],
        [/request\.draft\.actor\.login/, withDraft({ actor: { ...actor, login: long } })],
        [/request\.draft\.repository\.id/, withDraft({ repository: repositoryFixture({ id: long }) })],
        [/request\.draft\.repository\.path/, withDraft({ repository: repositoryFixture({ path: long }) })],
        [/request\.draft\.origin\.tenant/, withDraft({ origin: { ...origin, tenant: long } })],
        [/request\.tenant\.externalId/, taskRequestFixture({}, tenant)],
        [/request\.draft\.actor\.login/, commandRequestFixture("stop", { actor: { ...actor, login: long } })],
        [/request\.dedupeKey/, { kind: "withdrawal", tenant: tenantFixture(), dedupeKey: long }],
        [
          /request\.tenant\.externalId/,
          { kind: "installation", tenant, change: { kind: "created", removedRepositoryIds: [] } },
        ],
      ];
      for (const [field, request] of refused) {
        const problem = new RegExp(`${field.source}: expected at most 800 bytes`);
        await assertRefused(inbox.record(deliveryFixture(), request), problem);
      }
      const delivery = deliveryFixture({ dedupeKey: long });
      await assertRefused(inbox.record(delivery, taskRequestFixture()), /dedupeKey: expected at most 800 bytes/);
      const ignored = await inbox.record({ ...delivery, dedupeKey: null }, { kind: "ignored", reason: "invalid" });
      assert.equal(ignored.status, "ignored");
    },
  },
  {
    name: "names that are as long as they may be are stored and found",
    check: async ({ inbox, tasks, threads }) => {
      const tenant = tenantFixture({ externalId: nameOf(800) });
      const provider = nameOf(800);
      const actor = { provider, id: nameOf(800), login: nameOf(800) };
      const repository = repositoryFixture({ provider, tenant: nameOf(800), id: nameOf(800), path: nameOf(800) });
      const alias = nameOf(800);
      const delivery = deliveryFixture({ provider, dedupeKey: nameOf(800) });
      const request = taskRequestFixture({ actor, repository, threadAliases: [alias] }, tenant, provider);
      const { taskId } = acceptedTask(await inbox.record(delivery, request));
      const task = await tasks.find(taskId);
      assert.deepEqual([task?.actor, task?.repository], [actor, repository]);
      const thread = await threads.find({ provider, tenant: tenant.externalId, alias });
      assert.equal(thread?.id, task?.threadId);
      const again = await inbox.record(deliveryFixture({ provider, dedupeKey: delivery.dedupeKey }), request);
      assert.equal(again.status, "duplicate");
    },
  },
  {
    name: "a delivery id of any length is cut, and found by all of it",
    check: async ({ inbox }) => {
      const externalId = nameOf(20_000);
      const { deliveryId } = await inbox.record(deliveryFixture({ externalId }), taskRequestFixture());
      const { items } = await inbox.search({ externalId });
      assert.deepEqual(
        items.map(({ id }) => id),
        [deliveryId],
      );
      assert.equal(items[0]?.externalId, externalId.slice(0, items[0]?.externalId?.length ?? 0));
    },
  },
  {
    name: "numbers that are no integers in their range, invalid dates and too many names are refused with their field",
    check: async ({ inbox }) => {
      const { origin } = taskDraftFixture();
      const tenant = tenantFixture();
      const occurredAt = new Date(Number.NaN);
      const refused: readonly (readonly [RegExp, InboxRequest])[] = [
        ...[1.5, -1, 2 ** 40, Number.NaN].map((priority) => [/draft\.priority: /, withDraft({ priority })] as const),
        [
          /pullRequest\.number: /,
          withDraft({ origin: { ...origin, pullRequest: { repositoryId: "1", number: 0.5, headCommit: null } } }),
        ],
        [/draft\.occurredAt: /, withDraft({ occurredAt })],
        [/draft\.threadAliases: /, withDraft({ threadAliases: [] })],
        [/draft\.threadAliases: /, withDraft({ threadAliases: Array.from({ length: 33 }, () => freshId("issue")) })],
        [
          /change\.occurredAt: /,
          { kind: "installation", tenant, change: { kind: "suspended", removedRepositoryIds: [], occurredAt } },
        ],
      ];
      for (const [field, request] of refused) await assertRefused(inbox.record(deliveryFixture(), request), field);
    },
  },
  {
    name: "an origin that is not the delivery's provider and tenant is refused",
    check: async ({ inbox, installations }) => {
      const tenant = tenantFixture();
      const draft = taskDraftFixture();
      for (const kind of ["task", "command"] as const) {
        const request = { kind, command: "stop", tenant, draft } as const;
        await assertRefused(inbox.record(deliveryFixture(), request), /draft\.origin: /);
      }
      const foreign = deliveryFixture({ provider: freshId("provider") });
      await assertRefused(inbox.record(foreign, taskRequestFixture()), /draft\.origin: /);
      assert.equal(await installations.findByExternalId("acme", tenant.externalId), null);
    },
  },
  {
    name: "long names are refused wherever else they are stored",
    check: async (store) => {
      const { lease } = await runningTask(store);
      const long = nameOf(801);
      const alias = { provider: "acme", tenant: freshId("installation"), alias: long };
      await assertRefused(store.threads.link(lease, alias), /alias: expected at most 800 bytes/);
      const repository = repositoryFixture({ path: long });
      await assertRefused(store.threads.assignRepository(lease, repository), /path: expected at most 800 bytes/);
      const claim = tenantFixture({ externalId: long });
      await assertRefused(store.installations.ensure("acme", claim), /externalId: expected at most 800 bytes/);
      const tokens = { accessToken: "access", refreshToken: null, expiresAt: null, scopes: [] };
      const saving = store.credentials.save({ provider: "acme", externalId: long }, tokens);
      await assertRefused(saving, /externalId: expected at most 800 bytes/);
    },
  },
  {
    name: "numbers that cannot be meant are refused by every other method with their field, and change nothing",
    check: async (store) => {
      const { lease } = await runningTask(store);
      const { taskId } = lease;
      const { tasks, outbox, transcript, checkpoints, budgets, inbox } = store;
      const limits = [{ scope: freshId("day"), limitUsd: 5 }];
      const retention = { bodiesOlderThanMs: 1e9, deliveriesOlderThanMs: 1e9, limit: 1 };
      const outcome = agentOutcomeFixture();
      const saved = (usage: Partial<Usage>) =>
        checkpoints.save(lease, checkpointFixture({ outcome: { ...outcome, usage: { ...outcome.usage, ...usage } } }));
      const parked = { status: "queued", cause: "parked", reason: "quota" } as const;
      for (const wrong of [Number.NaN, -1, Number.POSITIVE_INFINITY]) {
        await assertRefused(tasks.begin(taskId, { leaseMs: wrong, agent: "scripted" }), /leaseMs: /);
        await assertRefused(tasks.heartbeat(lease, wrong), /leaseMs: /);
        await assertRefused(tasks.settle(lease, { ...parked, delayMs: wrong }), /delayMs: /);
        await assertRefused(outbox.tryAcquireSweep(wrong), /everyMs: /);
        await assertRefused(transcript.prune({ olderThanMs: wrong, limit: 1 }), /olderThanMs: /);
        await assertRefused(inbox.prune({ ...retention, bodiesOlderThanMs: wrong }), /bodiesOlderThanMs: /);
        await assertRefused(inbox.prune({ ...retention, deliveriesOlderThanMs: wrong }), /deliveriesOlderThanMs: /);
        await assertRefused(budgets.reserve(lease, wrong, limits), /amountUsd: /);
        await assertRefused(budgets.reserve(lease, 1, [{ scope: taskId, limitUsd: wrong }]), /limitUsd: /);
        await assertRefused(budgets.settle(lease, wrong), /spentUsd: /);
        await assertRefused(saved({ costUsd: wrong }), /usage\.costUsd: /);
      }
      for (const wrong of [0, -1, 1.5, Number.NaN]) {
        await assertRefused(outbox.recover(wrong), /limit: /);
        await assertRefused(outbox.waiting({ limit: wrong }), /limit: /);
        await assertRefused(tasks.search({ limit: wrong }), /limit: /);
        await assertRefused(inbox.search({ limit: wrong }), /limit: /);
        await assertRefused(inbox.prune({ ...retention, limit: wrong }), /limit: /);
        await assertRefused(transcript.read(taskId, { afterSeq: 0, limit: wrong }), /limit: /);
        await assertRefused(transcript.steps([taskId], wrong), /limit: /);
        await assertRefused(transcript.prune({ olderThanMs: 1e9, limit: wrong }), /limit: /);
      }
      for (const wrong of [-1, 1.5, Number.NaN]) {
        await assertRefused(transcript.read(taskId, { afterSeq: wrong, limit: 1 }), /afterSeq: /);
        for (const field of ["inputTokens", "outputTokens", "cacheReadTokens", "cacheCreationTokens"] as const)
          await assertRefused(saved({ [field]: wrong }), new RegExp(`usage\\.${field}: `));
      }
      assert.equal(await checkpoints.find(taskId), null);
      assert.equal(await tasks.heartbeat(lease, 60_000), "held");
    },
  },
  {
    name: "tokens that cannot be stored as they are are refused, and leave the stored ones",
    check: async ({ credentials }) => {
      const key = { provider: "acme", externalId: freshId("installation") };
      const stored = { accessToken: "access", refreshToken: "refresh", expiresAt: null, scopes: [] };
      await credentials.save(key, stored);
      const refused: readonly (readonly [RegExp, Partial<OAuthTokens>])[] = [
        [/accessToken: /, { accessToken: "" }],
        [/accessToken: expected printable ASCII/, { accessToken: "a\ud800" }],
        [/refreshToken: expected printable ASCII/, { refreshToken: "a\u0000" }],
        [/expiresAt: /, { expiresAt: new Date(Number.NaN) }],
        [/scopes\.0: expected printable ASCII/, { scopes: ["a\u0000"] }],
      ];
      for (const [field, part] of refused) {
        await assertRefused(credentials.save(key, { ...stored, ...part }), field);
        const renew = async (): Promise<OAuthTokens> => ({ ...stored, ...part });
        const refreshing = credentials.refresh(key, stored, renew, { signal: new AbortController().signal });
        await rejectsWithCode(refreshing, "CREDENTIALS_LOST");
      }
      assert.deepEqual(await credentials.find(key), stored);
    },
  },
];
