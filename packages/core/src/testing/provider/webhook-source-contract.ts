import assert from "node:assert/strict";
import type { RawWebhook, VerifiedEvent, WebhookSource } from "../../ports/webhook-source.js";
import type { Installation } from "../../task/installation.js";
import type { Interpretation } from "../../task/interpretation.js";
import { taskDraftSchema } from "../../task/task-draft.js";
import { commandPriority } from "../../task/task-trigger.js";
import type { ContractCase, ContractOptions } from "../contract.js";
import { type ContractClause, contractCases } from "../contract-cases.js";

/** A source with the means to sign what it receives. */
export interface WebhookSourceSubject {
  readonly source: WebhookSource;
  /** The provider's name, as drafts carry it. */
  readonly name: string;
  /** A genuine, signed webhook in which a person who is no bot asks the bot this in words. */
  readonly request: (instruction: string, installation?: Installation) => RawWebhook;
  /** A genuine, signed webhook in which nobody asks for anything. */
  readonly chatter: () => RawWebhook;
  /** The body as the gateway hands it to `interpret`. @defaultValue JSON.parse */
  readonly parse?: (body: Uint8Array) => unknown;
}

/** An installation with a webhook secret of its own. */
const ownInstallation: Installation = {
  id: "0190a1b2-0000-7000-8000-000000000001",
  provider: "any",
  externalId: "4711",
  account: "acme",
  status: "active",
  webhookSecret: "a webhook secret of its own",
};

const junk: readonly unknown[] = [
  null,
  true,
  0,
  "",
  "text",
  [],
  [[]],
  {},
  { action: "created" },
  { action: {}, installation: [], repository: 1, comment: null, issue: "x", event: [], type: 7 },
  JSON.parse('{"__proto__":{"isAdmin":true},"constructor":{"prototype":{}}}'),
];

async function verified({ source }: WebhookSourceSubject, webhook: RawWebhook): Promise<VerifiedEvent> {
  const event = await source.verify(webhook);
  assert.ok(event, "a genuine webhook must verify");
  return event;
}

async function interpreted(subject: WebhookSourceSubject, webhook: RawWebhook): Promise<Interpretation> {
  const event = await verified(subject, webhook);
  const parse = subject.parse ?? ((body: Uint8Array) => JSON.parse(Buffer.from(body).toString()));
  return subject.source.interpret(event, parse(webhook.body));
}

const clauses: readonly ContractClause<WebhookSourceSubject>[] = [
  {
    name: "says which media types it takes",
    check: async ({ source }) => {
      assert.ok(source.contentTypes.length > 0);
      for (const type of source.contentTypes) assert.match(type, /^[a-z]+\/[a-z0-9.+-]+$/);
    },
  },
  {
    name: "verifies a genuine webhook and keeps its bytes",
    check: async (subject) => {
      const webhook = subject.request("do it");
      const event = await verified(subject, webhook);
      assert.deepEqual(Buffer.from(event.body), Buffer.from(webhook.body));
      assert.ok(event.event.length > 0 && event.event.length <= 128);
      assert.ok(event.externalId === null || event.externalId.length <= 128);
      assert.equal(event.installation, null);
    },
  },
  {
    name: "refuses a body in which one byte is different, or there is one more",
    check: async ({ source, request }) => {
      const webhook = request("do it");
      for (const place of [0, Math.floor(webhook.body.length / 2), webhook.body.length - 1]) {
        const body = Uint8Array.from(webhook.body);
        body[place] = (body[place] ?? 0) ^ 1;
        assert.equal(await source.verify({ ...webhook, body }), null);
      }
      const longer = Uint8Array.from([...webhook.body, 10]);
      assert.equal(await source.verify({ ...webhook, body: longer }), null);
    },
  },
  {
    name: "refuses a webhook without headers, and any header doubled",
    check: async ({ source, request }) => {
      const webhook = request("do it");
      assert.equal(await source.verify({ ...webhook, headers: new Headers() }), null);
      const doubled = new Headers(webhook.headers);
      for (const [name, value] of webhook.headers) doubled.append(name, value);
      assert.equal(await source.verify({ ...webhook, headers: doubled }), null);
    },
  },
  {
    name: "takes an installation's own secret at its own endpoint, and no other there",
    capability: "installationSecrets",
    check: async (subject) => {
      const own = subject.request("do it", ownInstallation);
      const event = await verified(subject, own);
      assert.deepEqual(event.installation, ownInstallation);
      const elsewhere = subject.request("do it");
      assert.equal(await subject.source.verify({ ...elsewhere, installation: ownInstallation }), null);
      assert.equal(await subject.source.verify({ ...own, installation: null }), null);
      for (const webhookSecret of [null, "", "another secret"]) {
        const installation = { ...ownInstallation, webhookSecret };
        assert.equal(await subject.source.verify({ ...own, installation }), null);
      }
      const result = await interpreted(subject, own);
      assert.equal(result.kind, "task");
      assert.equal(result.kind === "task" && result.tenant.externalId, ownInstallation.externalId);
    },
  },
  {
    name: "reads a request in words as a whole task, the same one each time",
    check: async (subject) => {
      const webhook = subject.request("fix the flaky test");
      const result = await interpreted(subject, webhook);
      assert.equal(result.kind, "task");
      if (result.kind !== "task") return;
      assert.deepEqual(taskDraftSchema.parse(result.draft), result.draft);
      assert.equal(result.draft.instruction, "fix the flaky test");
      assert.equal(result.draft.trigger, "mention");
      assert.equal(result.draft.origin.provider, subject.name);
      assert.equal(result.draft.origin.tenant, result.tenant.externalId);
      assert.ok(result.dedupeKey.length > 0 && !Number.isNaN(result.occurredAt.getTime()));
      assert.deepEqual(await interpreted(subject, webhook), result);
    },
  },
  {
    name: "reads a command as one, before all tasks",
    check: async (subject) => {
      const result = await interpreted(subject, subject.request("Stop!"));
      assert.equal(result.kind, "command");
      if (result.kind !== "command") return;
      assert.equal(result.command, "stop");
      assert.equal(result.draft.priority, commandPriority);
    },
  },
  {
    name: "ignores what asks for nothing, with a reason",
    check: async (subject) => {
      const result = await interpreted(subject, subject.chatter());
      assert.equal(result.kind, "ignored");
      assert.match(result.kind === "ignored" ? result.reason : "", /^[a-z][a-z0-9_]*$/);
    },
  },
  {
    name: "never throws and never makes a task of a body that is something else",
    check: async (subject) => {
      const event = await verified(subject, subject.request("do it"));
      for (const payload of junk) {
        const { kind } = subject.source.interpret(event, payload);
        assert.ok(kind === "ignored" || kind === "handshake", `${JSON.stringify(payload)} became a ${kind}`);
      }
    },
  },
];

/** What every {@link WebhookSource} promises. Capability that may be lacking: `installationSecrets`. */
export function webhookSourceContract(options: ContractOptions<WebhookSourceSubject>): readonly ContractCase[] {
  return contractCases("WebhookSource", options, clauses);
}
