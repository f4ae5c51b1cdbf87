import type { Interpretation, TaskDraft, TaskTrigger, TenantClaim, TextSpan } from "@agentbot/core";
import { capText, commandPriority, sanitizeText, triggerPriority } from "@agentbot/core/adapter";
import { findMention, parseCommand } from "@agentbot/core/markdown";
import { threadAlias } from "../thread-alias.js";
import type { PayloadAccount, RepositoryEventPayload } from "./payload-schemas.js";
import { semanticKeyOf } from "./semantic-key.js";

/** The longest text taken into a task, in UTF-16 units: what GitHub allows a comment. Bodies sent by API can be longer. */
const maxSpanLength = 65_536;

/** What an interpreter needs to know about the bot. */
export interface BotIdentity {
  readonly name: string;
  readonly appId: string;
  readonly url: string;
  readonly allowedBotIds: ReadonlySet<string>;
}

/** What happened, as far as a draft depends on it. */
export interface RequestFacts {
  readonly payload: RepositoryEventPayload;
  readonly tenant: TenantClaim;
  readonly bot: BotIdentity;
  readonly number: number;
  readonly isPullRequest: boolean;
  readonly title: string;
  /** The address of what to react to: `issue_comment/123`, say. */
  readonly message: string;
  readonly link: string | null | undefined;
  readonly context: readonly TextSpan[];
  /** The end of the semantic key, after the repository: `issue_comment:123:created`, say. */
  readonly key: string;
  readonly occurredAt: Date;
}

/** A piece of text with its author, capped and cleaned; empty texts are left out. */
export function textSpans(
  ...texts: readonly (readonly [source: string, author: PayloadAccount, text: string])[]
): TextSpan[] {
  return texts
    .map(([source, author, text]) => ({
      source,
      authorId: author?.id ?? null,
      text: sanitizeText(capText(text, maxSpanLength)),
    }))
    .filter(({ text }) => text.trim() !== "");
}

function draft(facts: RequestFacts, trigger: TaskTrigger, instruction: string): TaskDraft {
  const { payload, tenant, bot, number } = facts;
  const { owner, name, id, default_branch } = payload.repository;
  const sender = payload.sender ?? { id: "0", login: "ghost" };
  const pathname = `${owner.login}/${name}/${facts.isPullRequest ? "pull" : "issues"}/${number}`;
  return {
    trigger,
    priority: triggerPriority[trigger],
    threadAliases: [threadAlias(id, number)],
    whenThreadBusy: trigger === "mention" ? "queue" : "collapse",
    actor: { id: sender.id, login: sender.login },
    origin: {
      provider: "github",
      tenant: tenant.externalId,
      conversation: `${owner.login}/${name}#${number}`,
      message: facts.message,
      pullRequestNumber: facts.isPullRequest ? number : null,
      url: facts.link?.startsWith(`${bot.url}/`) ? facts.link : `${bot.url}/${pathname}`,
    },
    repository: {
      provider: "github",
      tenant: tenant.externalId,
      id,
      owner: owner.login,
      name,
      defaultBranch: default_branch,
    },
    title: sanitizeText(capText(facts.title, 1000)).replace(/\s+/g, " ").trim(),
    instruction,
    context: [...facts.context],
  };
}

/** A request without words: a label, an assignment, a review asked for. */
export function requestByGesture(facts: RequestFacts, trigger: Exclude<TaskTrigger, "mention">): Interpretation {
  const { tenant, occurredAt } = facts;
  const dedupeKey = semanticKeyOf(facts.payload.repository.id, facts.key);
  return { kind: "task", tenant, draft: draft(facts, trigger, ""), dedupeKey, occurredAt };
}

/** A request in words: a task or a command. The first text that mentions the bot counts. */
export function requestByMention(
  facts: RequestFacts,
  author: PayloadAccount,
  texts: readonly string[],
): Interpretation {
  let instruction: string | undefined;
  for (const text of texts) instruction ??= findMention(text, facts.bot.name)?.instruction;
  if (instruction === undefined) return { kind: "ignored", reason: "no_mention" };
  if (author === null || author.id !== facts.payload.sender?.id) return { kind: "ignored", reason: "actor_mismatch" };
  const { tenant, occurredAt } = facts;
  const dedupeKey = semanticKeyOf(facts.payload.repository.id, facts.key);
  const asked = draft(facts, "mention", instruction);
  const command = parseCommand(instruction);
  if (command === null) return { kind: "task", tenant, draft: asked, dedupeKey, occurredAt };
  return { kind: "command", tenant, command, draft: { ...asked, priority: commandPriority }, dedupeKey, occurredAt };
}
