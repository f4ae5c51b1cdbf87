import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { findMention, parseCommand } from "../../markdown/find-mention.js";
import type { RawWebhook, WebhookSource } from "../../ports/webhook-source.js";
import type { Installation } from "../../task/installation.js";
import type { Interpretation } from "../../task/interpretation.js";
import type { Actor } from "../../task/origin.js";
import type { RepositoryRef } from "../../task/repository-ref.js";
import type { ShapeOf } from "../../task/shape-of.js";
import { commandPriority, type TaskDraft, triggerPriority } from "../../task/task-draft.js";
import { sanitizeText } from "../../text/sanitize-text.js";

/** A message to the fake provider. */
export interface FakeMessage {
  /** The provider's id of it. */
  readonly id: string;
  /** The words; those after a mention are a request. */
  readonly text: string;
  /** The account that wrote it. */
  readonly actor: Pick<Actor, "id" | "login">;
  /** The provider's id of the installation it was written in. */
  readonly installationId: string;
  /** Messages of one thread belong together; from 1. */
  readonly thread: number;
  /** True for a label in place of words. */
  readonly isLabel: boolean;
  /** When it was written, as an ISO 8601 time. */
  readonly occurredAt: string;
}

const message = z.object({
  id: z.string().min(1),
  text: z.string(),
  actor: z.object({ id: z.string(), login: z.string() }),
  installationId: z.string(),
  thread: z.int().min(1),
  isLabel: z.boolean(),
  occurredAt: z.iso.datetime(),
} satisfies ShapeOf<FakeMessage>);

/** Options of {@link createFakeSource}. */
export interface FakeSourceOptions {
  readonly name: string;
  readonly botName: string;
  readonly secret: string;
  readonly repository: Pick<RepositoryRef, "id" | "path" | "defaultBranch">;
}

const signaturePattern = /^[0-9a-f]{64}$/;

function sign(body: Uint8Array, secret: string): string {
  return createHmac("sha256", secret).update(body).digest("hex");
}

/** Returns a signed webhook with this message. */
export function fakeWebhook(
  content: FakeMessage,
  options: FakeSourceOptions,
  installation: Installation | null,
): RawWebhook {
  const body = new Uint8Array(Buffer.from(JSON.stringify(content)));
  const headers = new Headers({
    "content-type": "application/json",
    "x-fake-event": "message",
    "x-fake-delivery": `delivery-${content.id}`,
    "x-fake-signature": sign(body, installation?.webhookSecret ?? options.secret),
  });
  const path = [options.name, ...(installation ? [installation.id] : [])].join("/");
  return { method: "POST", url: `https://bot.invalid/webhooks/${path}`, headers, body, installation };
}

/** Creates the receiving side of the fake provider. */
export function createFakeSource(options: FakeSourceOptions): WebhookSource {
  const { name, botName, repository } = options;
  return {
    form: {
      contentTypes: ["application/json"],
      events: ["message"],
      recordedHeaders: ["x-fake-event", "x-fake-delivery"],
    },
    screen: ({ headers }) => (signaturePattern.test(headers.get("x-fake-signature") ?? "") ? null : "unsigned"),
    async verify({ headers, body, installation }) {
      const secret = installation ? (installation.webhookSecret ?? "") : options.secret;
      const given = headers.get("x-fake-signature") ?? "";
      if (secret === "" || !signaturePattern.test(given)) return null;
      if (!timingSafeEqual(Buffer.from(given, "hex"), Buffer.from(sign(body, secret), "hex"))) return null;
      const externalId = headers.get("x-fake-delivery")?.slice(0, 128) ?? null;
      return { event: headers.get("x-fake-event") ?? "unknown", externalId };
    },
    interpret(event, payload): Interpretation {
      const parsed = message.safeParse(payload);
      if (!parsed.success) return { kind: "ignored", reason: "schema" };
      const { id, text, actor, thread, isLabel, installationId, occurredAt } = parsed.data;
      const mention = isLabel ? { instruction: "" } : findMention(text, botName);
      if (!mention) return { kind: "ignored", reason: "no_mention" };
      const tenant = {
        externalId: event.installation?.externalId ?? installationId,
        account: event.installation?.account ?? repository.path.split("/")[0] ?? repository.path,
      };
      const trigger = isLabel ? "label" : "mention";
      const place = { provider: name, tenant: tenant.externalId };
      const draft: TaskDraft = {
        trigger,
        priority: triggerPriority[trigger],
        threadAliases: [`${name}:${repository.id}:thread:${thread}`],
        whenThreadBusy: isLabel ? "collapse" : "queue",
        actor: { provider: name, ...actor },
        isPreauthorized: false,
        origin: {
          ...place,
          conversation: `${repository.path}#${thread}`,
          message: id,
          pullRequest: null,
          url: `https://${name}.example/${repository.path}/${thread}`,
        },
        occurredAt: new Date(occurredAt),
        repository: { ...place, ...repository },
        title: `Thread ${thread}`,
        instruction: mention.instruction,
        context: [{ source: "message", authorId: actor.id, permission: null, text: sanitizeText(text) }],
      };
      const identity = { tenant, dedupeKey: `${name}:${id}` };
      const command = parseCommand(mention.instruction);
      if (command === null) return { kind: "task", draft, ...identity };
      return { kind: "command", command, draft: { ...draft, priority: commandPriority }, ...identity };
    },
  };
}
