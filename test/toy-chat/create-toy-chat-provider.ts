import { createHmac, timingSafeEqual } from "node:crypto";
import {
  AgentBotError,
  type Conversation,
  type Interpretation,
  type Origin,
  type RawWebhook,
  type StatusMessage,
  type StatusView,
  type TaskDraft,
  type TextSpan,
  type WebhookProvider,
  type WebhookSource,
} from "@agentbot/core";
import {
  capText,
  commandNames,
  commandPriority,
  decodeForm,
  sanitizeText,
  triggerPriority,
} from "@agentbot/core/adapter";
import { findMention, parseCommand } from "@agentbot/core/markdown";
import { z } from "zod";
import type { ToyChatServer, ToyContent, ToyMessage, ToyResult } from "./toy-chat-server.js";

/** Options of {@link createToyChatProvider}. */
export interface ToyChatOptions {
  readonly server: ToyChatServer;
  /** Signs the webhooks. */
  readonly signingSecret: string;
}

const name = "toychat";
const botName = "agentbot";

/**
 * A provider for a chat that no code host belongs to: form bodies, slash commands and buttons, people of its own, BBCode,
 * and no repository in any event.
 */
export function createToyChatProvider({ server, signingSecret }: ToyChatOptions): WebhookProvider {
  return { name, source: createSource(signingSecret), conversation: createConversation(server) };
}

const place = {
  team: z.string().min(1),
  channel: z.string().min(1),
  thread: z.string().min(1),
  user: z.string().min(1),
  user_name: z.string(),
  /** Milliseconds since the epoch. */
  at: z.coerce.number().int().positive(),
};
const eventSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("message"), id: z.string().min(1), text: z.string(), ...place }),
  z.object({ type: z.literal("slash"), trigger: z.string().min(1), text: z.string(), ...place }),
  z.object({ type: z.literal("button"), trigger: z.string().min(1), value: z.string(), ...place }),
]);

type ToyEvent = z.infer<typeof eventSchema>;

/** Returns the signature of a webhook, over its time and its body. */
export function signToyWebhook(timestamp: string, body: Uint8Array, signingSecret: string): string {
  return createHmac("sha256", signingSecret).update(`${timestamp}.`).update(body).digest("hex");
}

function createSource(signingSecret: string): WebhookSource {
  const isSigned = ({ headers, body }: RawWebhook): boolean => {
    const signature = headers.get("x-toy-signature") ?? "";
    if (!/^[0-9a-f]{64}$/.test(signature)) return false;
    const expected = signToyWebhook(headers.get("x-toy-timestamp") ?? "", body, signingSecret);
    return timingSafeEqual(Buffer.from(signature, "hex"), Buffer.from(expected, "hex"));
  };
  return {
    form: { contentTypes: ["application/x-www-form-urlencoded"], events: ["event"], answerWithinMs: 3000 },
    verify: async (webhook) => (isSigned(webhook) ? { event: "event", externalId: null } : null),
    decode: decodeForm,
    interpret: (_event, payload) => interpret(payload),
    // A person reads it under the slash command or the button.
    reply: (verdict) => ({
      contentType: "text/plain",
      body: verdict.status === "ignored" ? "Nothing to do." : "On it.",
    }),
  };
}

function interpret(payload: unknown): Interpretation {
  const parsed = eventSchema.safeParse(payload);
  if (!parsed.success) return { kind: "ignored", reason: "schema" };
  const event = parsed.data;
  const instruction = instructionOf(event);
  if (instruction === null) return { kind: "ignored", reason: "no_mention" };
  const identity = {
    tenant: { externalId: event.team, account: event.team },
    dedupeKey: `${event.type}:${event.type === "message" ? event.id : event.trigger}`,
  };
  const draft = draftOf(event, instruction);
  const command = parseCommand(instruction);
  if (command === null) return { kind: "task", draft, ...identity };
  return { kind: "command", command, draft: { ...draft, priority: commandPriority }, ...identity };
}

/** A message needs a mention; a slash command and a button are addressed to the bot by themselves. */
function instructionOf(event: ToyEvent): string | null {
  switch (event.type) {
    case "message":
      return findMention(event.text, botName)?.instruction ?? null;
    case "slash":
      return event.text.trim();
    case "button":
      return commandNames.find((command) => command === event.value) ?? null;
  }
}

function draftOf(event: ToyEvent, instruction: string): TaskDraft {
  const { team, channel, thread, user, user_name: login } = event;
  const text = event.type === "button" ? "" : sanitizeText(event.text);
  return {
    trigger: "mention",
    priority: triggerPriority.mention,
    threadAliases: [`${channel}/${thread}`],
    whenThreadBusy: "queue",
    actor: { provider: name, id: user, login },
    isPreauthorized: false,
    origin: {
      ...{ provider: name, tenant: team, conversation: `${channel}/${thread}`, pullRequest: null },
      message: event.type === "message" ? event.id : null,
      url: `https://toychat.example/${channel}/${thread}`,
    },
    occurredAt: new Date(event.at),
    repository: null,
    title: instruction.split("\n", 1)[0]?.slice(0, 100) ?? "",
    instruction,
    context: text === "" ? [] : [{ source: "message", authorId: user, permission: null, text }],
  };
}

function createConversation(server: ToyChatServer): Conversation {
  const placeOf = ({ conversation }: Origin): [channel: string, thread: string] => {
    const [channel = "", thread = ""] = conversation.split("/");
    return [channel, thread];
  };
  const messageOf = ({ id }: ToyMessage): StatusMessage => ({ id, url: `https://toychat.example/messages/${id}` });

  return {
    async acknowledge({ message }, { signal }) {
      signal.throwIfAborted();
      if (message !== null) server.react(message);
    },
    async findStatus({ origin, taskId }, { signal }) {
      signal.throwIfAborted();
      const messages = unwrap(server.list(...placeOf(origin)));
      return messages.filter(({ userId, metadata }) => userId === server.botId && metadata === taskId).map(messageOf);
    },
    async postStatus({ origin, taskId, view }, { signal }) {
      signal.throwIfAborted();
      return messageOf(unwrap(server.post(...placeOf(origin), render(view, taskId, server.maxTextLength))));
    },
    async updateStatus({ taskId, view, id }, { signal }) {
      signal.throwIfAborted();
      unwrap(server.edit(id, render(view, taskId, server.maxTextLength)));
    },
    async removeStatus({ id }, { signal }) {
      signal.throwIfAborted();
      server.remove(id);
    },
    async history({ origin, until, maxCharacters }, { signal }) {
      signal.throwIfAborted();
      const listed = server.list(...placeOf(origin));
      if (!listed.ok) return { spans: [], unreadable: ["messages"] };
      const spans: TextSpan[] = [];
      let room = maxCharacters;
      for (const { userId, at, text } of [...listed.value].reverse()) {
        if (userId === server.botId || at >= until) continue;
        room -= text.length;
        if (room < 0) break;
        spans.unshift({ source: "message", authorId: userId, permission: null, text: sanitizeText(text) });
      }
      return { spans, unreadable: [] };
    },
  };
}

function unwrap<Value>(result: ToyResult<Value>): Value {
  if (result.ok) return result.value;
  const code = result.error === "not_found" ? "PROVIDER_REJECTED" : "PROVIDER_UNAVAILABLE";
  throw new AgentBotError(code, `The toy chat answered ${result.error}`);
}

const stepMarks = { done: "✓", current: "▸", pending: "·" } as const;

/** Renders a view as BBCode with buttons; the summary is cut to the room that the rest leaves. */
function render(view: StatusView, taskId: string, maxTextLength: number): ToyContent {
  const { headline, steps, summaryMarkdown, links, actions } = view;
  const head = [
    `[b]${escapeBBCode(headline)}[/b]`,
    ...steps.map(({ label, state }) => `${stepMarks[state]} ${escapeBBCode(label)}`),
  ];
  const tail = links.map(({ label, url }) => `[url=${encodeURI(url)}]${escapeBBCode(label)}[/url]`);
  const room = maxTextLength - [...head, ...tail].join("\n").length - 1;
  const summary = summaryMarkdown === null ? [] : [capText(fromMarkdown(summaryMarkdown), room)];
  return {
    text: [...head, ...summary, ...tail].join("\n"),
    buttons: actions.map((value) => ({ label: value[0]?.toUpperCase() + value.slice(1), value })),
    metadata: taskId,
  };
}

function fromMarkdown(markdown: string): string {
  return escapeBBCode(markdown)
    .replace(/\*\*([^*\n]{1,200})\*\*/g, "[b]$1[/b]")
    .replace(/`([^`\n]{1,200})`/g, "[code]$1[/code]");
}

/** A bracket of another person's text must not begin a tag. */
function escapeBBCode(text: string): string {
  return text.replaceAll("[", "&#91;");
}
