import { createHmac, timingSafeEqual } from "node:crypto";
import type { Interpretation, TaskDraft, WebhookSource } from "@agentbot/core";
import { capText, commandPriority, toLine, triggerPriority } from "@agentbot/core/adapter";
import { findMention, parseCommand, sanitizeMarkdown } from "@agentbot/core/markdown";
import { z } from "zod";
import { hasStatusMark } from "./conversation.js";
import { threadAlias } from "./forgejo-api.js";

const account = z.object({ id: z.int().positive(), login: z.string().min(1) });
const commentEvent = z.object({
  action: z.string(),
  comment: z.object({ id: z.int().positive(), body: z.string(), user: account, created_at: z.coerce.date() }),
  issue: z.object({ number: z.int().positive(), title: z.string(), body: z.string().nullish(), user: account }),
  is_pull: z.boolean().default(false),
  repository: z.object({
    id: z.int().positive(),
    full_name: z.string().regex(/^[\w.-]+\/[\w.-]+$/),
    default_branch: z.string(),
    owner: account,
  }),
  sender: account,
});

type CommentEvent = z.output<typeof commentEvent>;

/** Options of {@link createForgejoSource}. */
export interface ForgejoSourceOptions {
  readonly url: string;
  /** The login of the bot's account. */
  readonly name: string;
  readonly webhookSecret: string;
}

const signaturePattern = /^[0-9a-f]{64}$/;
const recordedHeaders = ["event", "delivery"].flatMap((name) => [`x-forgejo-${name}`, `x-gitea-${name}`]);

function readHeader(headers: Headers, name: string): string {
  return headers.get(`x-forgejo-${name}`) ?? headers.get(`x-gitea-${name}`) ?? "";
}

/** The receiving side: comments on issues and pull requests. Gitea sends the same under headers of its own. */
export function createForgejoSource({ url, name, webhookSecret }: ForgejoSourceOptions): WebhookSource {
  return {
    form: { contentTypes: ["application/json"], events: ["issue_comment"], recordedHeaders },
    screen: ({ headers }) => (signaturePattern.test(readHeader(headers, "signature")) ? null : "unsigned"),
    async verify({ headers, body, installation }) {
      const signature = readHeader(headers, "signature");
      // Checked on the text: a buffer from hex digits ends at the first wrong one.
      const isWellFormed = signaturePattern.test(signature);
      const claimed = Buffer.from(isWellFormed ? signature : "0".repeat(64), "hex");
      const isSigned = timingSafeEqual(createHmac("sha256", webhookSecret).update(body).digest(), claimed);
      // One secret signs for all repositories, so that it proves nothing at an installation's own endpoint.
      if (!isSigned || !isWellFormed || installation !== null) return null;
      const id = readHeader(headers, "delivery");
      return {
        event: /^[a-z_]{1,64}$/.exec(readHeader(headers, "event"))?.[0] ?? "unknown",
        externalId: /^[\w-]{1,128}$/.test(id) ? id : null,
      };
    },
    interpret({ event }, payload) {
      if (event !== "issue_comment") return ignored("event_unsupported");
      const { success, data } = commentEvent.safeParse(payload);
      return success ? interpretComment(data, { url, name }) : ignored("schema");
    },
  };
}

function ignored(reason: string): Interpretation {
  return { kind: "ignored", reason };
}

function interpretComment(
  event: CommentEvent,
  { url, name }: Pick<ForgejoSourceOptions, "url" | "name">,
): Interpretation {
  const { action, comment, repository, sender } = event;
  const tenant = { externalId: String(repository.owner.id), account: repository.owner.login };
  const dedupeKey = `forgejo:${repository.id}:comment:${comment.id}`;
  const isOwn = hasStatusMark(comment.body) || sender.login.toLowerCase() === name.toLowerCase();
  if (isOwn) return ignored("own_message");
  const mention = findMention(comment.body, name);
  if (mention === null) return ignored("no_mention");
  if (action === "deleted") return { kind: "withdrawal", tenant, dedupeKey };
  if (action !== "created") return ignored("action_unsupported");
  if (comment.user.id !== sender.id) return ignored("actor_mismatch");
  const draft = draftOf(event, url, mention.instruction);
  const command = parseCommand(mention.instruction);
  if (command === null) return { kind: "task", tenant, draft, dedupeKey };
  return { kind: "command", tenant, command, draft: { ...draft, priority: commandPriority }, dedupeKey };
}

/** The longest text taken into a task, in UTF-16 units. */
const maxTextLength = 65_536;

function draftOf(
  { comment, issue, is_pull: isPull, repository, sender }: CommentEvent,
  url: string,
  instruction: string,
): TaskDraft {
  const { id, full_name: path, default_branch: defaultBranch } = repository;
  const place = { provider: "forgejo", tenant: String(repository.owner.id) };
  const spanOf = (source: string, author: CommentEvent["sender"], text: string) => {
    return { source, authorId: String(author.id), permission: null, text };
  };
  const clean = (markdown: string): string => sanitizeMarkdown(capText(markdown, maxTextLength));
  const spans = [
    spanOf("issue title", issue.user, toLine(issue.title, 1000)),
    spanOf("issue body", issue.user, clean(issue.body ?? "")),
    spanOf("comment", comment.user, clean(comment.body)),
  ];
  return {
    trigger: "mention",
    priority: triggerPriority.mention,
    threadAliases: [threadAlias(id, issue.number)],
    whenThreadBusy: "queue",
    actor: { provider: "forgejo", id: String(sender.id), login: sender.login },
    isPreauthorized: false,
    origin: {
      ...place,
      conversation: `${id}#${issue.number}`,
      message: String(comment.id),
      pullRequest: isPull ? { repositoryId: String(id), number: issue.number, headCommit: null } : null,
      url: `${url}/${path}/${isPull ? "pulls" : "issues"}/${issue.number}`,
    },
    occurredAt: comment.created_at,
    repository: { ...place, id: String(id), path, defaultBranch },
    title: toLine(issue.title, 1000),
    instruction,
    context: spans.filter(({ text }) => text.trim() !== ""),
  };
}
