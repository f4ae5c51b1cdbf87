import type { Installation, Interpretation, TaskDraft, TaskTrigger, TenantClaim, TextSpan } from "@agentbot/core";
import { commandPriority, toLine, triggerPriority } from "@agentbot/core/adapter";
import { findMention, parseCommand } from "@agentbot/core/markdown";
import { conversationOf, hasStatusMark, threadAlias } from "../addresses.js";
import type { PayloadAccount, RepositoryEventPayload } from "./payload-schemas.js";

/** The bot as GitHub's events name it. */
export interface BotIdentity {
  readonly name: string;
  readonly appId: string;
  /** GitHub's web address, without a slash at the end. */
  readonly url: string;
  readonly allowedBotIds: ReadonlySet<string>;
}

/** One kind of event: the form of its body, and what it means. */
export interface GitHubEvent {
  /** Keys that every body of this event has. The header that names the event is not signed, so the body has to fit it. */
  readonly has: readonly string[];
  /** Keys that only bodies of other events have. */
  readonly lacks: readonly string[];
  /** Pure. */
  readonly interpret: (payload: unknown, installation: Installation | null, bot: BotIdentity) => Interpretation;
}

/** An event that is understood and not acted on. */
export function ignored(reason: string): Interpretation {
  return { kind: "ignored", reason };
}

/** Returns true if a decoded body has the form of the event that the header names. */
export function fitsEvent({ has, lacks }: GitHubEvent, payload: unknown): boolean {
  if (typeof payload !== "object" || payload === null || Array.isArray(payload)) return false;
  return has.every((key) => Object.hasOwn(payload, key)) && !lacks.some((key) => Object.hasOwn(payload, key));
}

/**
 * The tenant an event belongs to: the installation of the path, whose own secret signed it, else the App's signed
 * `installation.id`. A string is the reason to ignore the event.
 */
export function claimTenant(
  pathInstallation: Installation | null,
  claimed: { readonly id: string } | null,
  account: string,
): TenantClaim | string {
  if (pathInstallation === null) return claimed ? { externalId: claimed.id, account } : "no_installation";
  if (claimed && claimed.id !== pathInstallation.externalId) return "installation_mismatch";
  return { externalId: pathInstallation.externalId, account: pathInstallation.account };
}

/** The form of a request: words of an author, an action alone, or the end of earlier requests. */
export type RequestForm =
  /** The first text that mentions the bot counts. */
  | { readonly kind: "words"; readonly author: PayloadAccount; readonly texts: readonly string[] }
  | {
      readonly kind: "action";
      readonly trigger: Exclude<TaskTrigger, "mention">;
      /** Why it is not for the bot; null if it is. */
      readonly refusal: string | null;
    }
  | {
      readonly kind: "withdrawal";
      readonly text: string;
      /** True if the text may not be the one that was written first. */
      readonly isEdited: boolean;
    }
  /** The conversation is gone. */
  | { readonly kind: "closure" };

/** Facts of an event that a draft needs. */
export interface RequestFacts {
  readonly number: number;
  readonly isPullRequest: boolean;
  /** The newest commit of the pull request, where the event names it. */
  readonly headCommit?: string | null;
  readonly title: string;
  /** The address of what is reacted to, such as `issue_comment/123`. */
  readonly message: string;
  readonly link: string | null | undefined;
  readonly viaApp: { readonly id: string } | null;
  readonly context: readonly (TextSpan | null)[];
  /** The end of the dedupe key, after the repository, such as `issue_comment:123:created`. */
  readonly key: string;
  readonly occurredAt: Date;
  readonly form: RequestForm;
}

/** An event's actor and what it wrote. */
interface ActorFacts {
  readonly sender: PayloadAccount;
  /** The App through which the event was sent, if GitHub names one. */
  readonly viaApp: { readonly id: string } | null;
  readonly texts: readonly string[];
}

/**
 * Decides whether an event of this actor can be a request. A string is the reason why it never is: an account that GitHub
 * does not call a user counts as a bot. Only an allow-listed bot is preauthorized: a person behind an allow-listed App still
 * needs a permission.
 */
function admitActor(
  bot: BotIdentity,
  { sender, viaApp, texts }: ActorFacts,
): { readonly isPreauthorized: boolean } | string {
  const login = sender?.login.toLowerCase() ?? "";
  // A text with the mark of a status comment is never a request, not even as a copy.
  if (texts.some(hasStatusMark)) return "own_message";
  if (viaApp?.id === bot.appId || login === `${bot.name.toLowerCase()}[bot]`) return "own_message";
  const type = sender?.type?.toLowerCase() ?? "";
  const isBot = type === "bot" || login.endsWith("[bot]");
  const isAllowed = bot.allowedBotIds.has(sender?.id ?? "") || (viaApp !== null && bot.allowedBotIds.has(viaApp.id));
  const isPerson = !isBot && viaApp === null && (sender === null || type === "user");
  if (!isPerson && !isAllowed) return "actor_is_bot";
  return { isPreauthorized: isBot };
}

/** Returns what an event of a repository means, once its payload was read into facts. Pure. */
export function interpretRequest(
  payload: RepositoryEventPayload,
  facts: RequestFacts,
  pathInstallation: Installation | null,
  bot: BotIdentity,
): Interpretation {
  const { repository, sender } = payload;
  const tenant = claimTenant(pathInstallation, payload.installation, repository.owner.login);
  if (typeof tenant === "string") return ignored(tenant);
  const dedupeKey = `github:${repository.id}:${facts.key}`;
  const { form, viaApp } = facts;
  if (form.kind === "closure") {
    return {
      kind: "closure",
      tenant,
      conversation: conversationOf({ repositoryId: repository.id, number: facts.number }),
    };
  }
  if (form.kind === "withdrawal") {
    // GitHub does not send the first text of an edited comment.
    const isRequest = form.isEdited || findMention(form.text, bot.name) !== null;
    return isRequest ? { kind: "withdrawal", tenant, dedupeKey } : ignored("no_mention");
  }
  const actor = admitActor(bot, { sender, viaApp, texts: form.kind === "words" ? form.texts : [] });
  if (typeof actor === "string") return ignored(actor);
  const draft = (trigger: TaskTrigger, instruction: string): TaskDraft =>
    draftTask(payload, facts, { trigger, instruction, tenant, url: bot.url, ...actor });

  if (form.kind === "action") {
    if (form.refusal !== null) return ignored(form.refusal);
    return { kind: "task", tenant, draft: draft(form.trigger, ""), dedupeKey };
  }
  const instruction = form.texts
    .map((text) => findMention(text, bot.name))
    .find((mention) => mention !== null)?.instruction;
  if (instruction === undefined) return ignored("no_mention");
  if (form.author === null || form.author.id !== sender?.id) return ignored("actor_mismatch");
  const request = { tenant, draft: draft("mention", instruction), dedupeKey };
  const command = parseCommand(instruction);
  if (command === null) return { kind: "task", ...request };
  return { kind: "command", ...request, command, draft: { ...request.draft, priority: commandPriority } };
}

/** The other parts of a draft. */
interface DraftRequest {
  readonly trigger: TaskTrigger;
  readonly instruction: string;
  readonly tenant: TenantClaim;
  readonly isPreauthorized: boolean;
  readonly url: string;
}

function draftTask(
  { repository, sender }: RepositoryEventPayload,
  { number, isPullRequest, headCommit = null, title, message, link, context, occurredAt }: RequestFacts,
  { trigger, instruction, tenant, isPreauthorized, url }: DraftRequest,
): TaskDraft {
  const path = `${repository.owner.login}/${repository.name}`;
  const place = { provider: "github", tenant: tenant.externalId };
  return {
    trigger,
    priority: triggerPriority[trigger],
    threadAliases: [threadAlias(repository.id, number)],
    whenThreadBusy: trigger === "mention" ? "queue" : "collapse",
    actor: { provider: "github", id: sender?.id ?? "0", login: sender?.login ?? "ghost" },
    isPreauthorized,
    origin: {
      ...place,
      conversation: conversationOf({ repositoryId: repository.id, number }),
      message,
      pullRequest: isPullRequest ? { repositoryId: repository.id, number, headCommit } : null,
      url: link?.startsWith(`${url}/`) ? link : `${url}/${path}/${isPullRequest ? "pull" : "issues"}/${number}`,
    },
    occurredAt,
    repository: { ...place, id: repository.id, path, defaultBranch: repository.default_branch },
    title: toLine(title, 1000),
    instruction,
    context: context.filter((span) => span !== null),
  };
}
