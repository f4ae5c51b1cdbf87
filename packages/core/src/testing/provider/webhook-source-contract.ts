import assert from "node:assert/strict";
import type { RawWebhook, VerifiedEvent, WebhookSource } from "../../ports/webhook-source.js";
import type { DeliveryVerdict } from "../../task/delivery.js";
import type { Installation } from "../../task/installation.js";
import type { Interpretation } from "../../task/interpretation.js";
import { commandPriority, taskDraftSchema } from "../../task/task-draft.js";
import { newTaskId } from "../../task/task-id.js";
import type { ContractCase, ContractOptions } from "../contract.js";
import { type ContractClause, contractCases } from "../contract-cases.js";
import { decodeWebhook, interpretWebhook, verifyWebhook } from "./verify-webhook.js";

/** A source with the means to sign what it receives. */
export interface WebhookSourceSubject {
  /** The source under test. */
  readonly source: WebhookSource;
  /** The provider's name, as drafts carry it. */
  readonly name: string;
  /** A genuine, signed webhook in which a person requests this of the bot in words. */
  readonly request: (instruction: string, installation?: Installation) => RawWebhook;
  /** A genuine, signed webhook that requests nothing. */
  readonly chatter: () => RawWebhook;
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

const junkPayloads: readonly unknown[] = [
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

const junkBodies: readonly Uint8Array[] = ["", "{", "payload", "payload=%", "payload=%7B", "\u0000"].map((text) =>
  Buffer.from(text),
);

async function verified({ source }: WebhookSourceSubject, webhook: RawWebhook): Promise<VerifiedEvent> {
  const event = await verifyWebhook(source, webhook);
  assert.ok(event, "a genuine webhook must verify");
  return event;
}

async function interpreted({ source }: WebhookSourceSubject, webhook: RawWebhook): Promise<Interpretation> {
  return await interpretWebhook(source, webhook);
}

const clauses: readonly ContractClause<WebhookSourceSubject>[] = [
  {
    name: "declares the media types, events and headers it takes, its own webhooks' among them, and no credential",
    check: async (subject) => {
      const { contentTypes, events, recordedHeaders = [], answerWithinMs = 1 } = subject.source.form;
      assert.ok(contentTypes.length > 0);
      for (const type of contentTypes) assert.match(type, /^[a-z]+\/[a-z0-9.+-]+$/);
      assert.ok(Number.isSafeInteger(answerWithinMs) && answerWithinMs > 0);
      for (const webhook of [subject.request("do it"), subject.chatter()]) {
        assert.ok(contentTypes.includes((await verified(subject, webhook)).contentType));
      }
      assert.ok(events.includes((await verified(subject, subject.request("do it"))).event));
      for (const name of recordedHeaders) {
        assert.match(name, /^[a-z0-9-]+$/);
        assert.doesNotMatch(name, /authorization|cookie|signature|token|secret/);
      }
    },
  },
  {
    name: "screens its own webhooks as possibly genuine, and a bare request as unsigned, if it screens",
    check: async ({ source, request, chatter }) => {
      if (source.screen === undefined) return;
      for (const webhook of [request("do it"), chatter()]) assert.equal(source.screen(webhook), null);
      assert.equal(source.screen({ ...request("do it"), headers: new Headers() }), "unsigned");
    },
  },
  {
    name: "verifies a genuine webhook and returns its event and id, and nothing of its body",
    check: async ({ source, request }) => {
      const headers = await source.verify(request("do it"));
      assert.ok(headers, "a genuine webhook must verify");
      assert.deepEqual(Object.keys(headers).sort(), ["event", "externalId"]);
      assert.ok(headers.event.length > 0 && headers.event.length <= 128);
      assert.ok(headers.externalId === null || headers.externalId.length <= 128);
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
      assert.equal(result.tenant.externalId, ownInstallation.externalId);
    },
  },
  {
    name: "interprets a request in words as a whole task, the same one each time",
    check: async (subject) => {
      const webhook = subject.request("fix the flaky test");
      const result = await interpreted(subject, webhook);
      assert.equal(result.kind, "task");
      const { draft, tenant, dedupeKey } = result;
      assert.deepEqual(taskDraftSchema.parse(draft), draft);
      assert.equal(draft.instruction, "fix the flaky test");
      assert.equal(draft.trigger, "mention");
      assert.equal(draft.origin.provider, subject.name);
      assert.equal(draft.origin.tenant, tenant.externalId);
      assert.equal(draft.actor.provider, subject.name);
      // An id in a payload never selects another tenant's credential.
      if (draft.repository?.provider === subject.name) assert.equal(draft.repository.tenant, tenant.externalId);
      assert.ok(dedupeKey.length > 0);
      assert.deepEqual(await interpreted(subject, webhook), result);
    },
  },
  {
    name: "interprets a command as one, before all tasks, in the thread of its conversation",
    check: async (subject) => {
      const result = await interpreted(subject, subject.request("Stop!"));
      assert.equal(result.kind, "command");
      assert.equal(result.command, "stop");
      assert.equal(result.draft.priority, commandPriority);
      assert.deepEqual(taskDraftSchema.parse(result.draft), result.draft);
      const task = await interpreted(subject, subject.request("fix the flaky test"));
      assert.equal(task.kind, "task");
      assert.deepEqual(result.draft.threadAliases, task.draft.threadAliases);
    },
  },
  {
    name: "ignores what requests nothing, with a reason",
    check: async (subject) => {
      const result = await interpreted(subject, subject.chatter());
      assert.equal(result.kind, "ignored");
      assert.match(result.reason, /^[a-z][a-z0-9_]*$/);
    },
  },
  {
    name: "never throws and never makes a task of a payload that is something else",
    check: async (subject) => {
      const event = await verified(subject, subject.request("do it"));
      for (const payload of junkPayloads) {
        const { kind } = subject.source.interpret(event, payload);
        assert.ok(kind === "ignored" || kind === "handshake", `${JSON.stringify(payload)} became a ${kind}`);
      }
    },
  },
  {
    name: "decodes its own webhooks, the same way each time, and never throws for another body",
    check: async (subject) => {
      const { source } = subject;
      const event = await verified(subject, subject.request("do it"));
      const decoded = decodeWebhook(source, event);
      assert.equal(decoded.status, "decoded");
      assert.deepEqual(decodeWebhook(source, event), decoded);
      for (const body of junkBodies) {
        const result = decodeWebhook(source, { ...event, body });
        if (result.status === "invalid") assert.match(result.detail, /^[A-Z].*\.$/s);
        else assert.notEqual(source.interpret({ ...event, body }, result.payload).kind, "task");
      }
    },
  },
  {
    name: "has a body of one media type for every verdict, where it replies itself",
    check: async (subject) => {
      const { source } = subject;
      const event = await verified(subject, subject.request("do it"));
      const verdicts: readonly DeliveryVerdict[] = [
        { status: "accepted", taskId: newTaskId() },
        { status: "duplicate", taskId: null },
        { status: "ignored", reason: "no_mention" },
      ];
      for (const verdict of verdicts) {
        const reply = source.reply?.(verdict, event);
        if (reply) assert.match(reply.contentType, /^[a-z]+\/[a-z0-9.+-]+(; ?[a-z]+=[\w-]+)*$/);
        assert.equal(typeof (reply?.body ?? ""), "string");
      }
    },
  },
];

/** The contract of the port {@link WebhookSource}. Capability that may be lacking: `installationSecrets`. */
export function webhookSourceContract(options: ContractOptions<WebhookSourceSubject>): readonly ContractCase[] {
  return contractCases("WebhookSource", options, clauses);
}
