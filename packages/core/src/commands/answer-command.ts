import { notPermitted } from "../access/create-permission-policy.js";
import { decideAmong } from "../access/decide-among.js";
import type { StopTaskDeps } from "../cancellation/stop-task.js";
import { within } from "../lifecycle/deadline.js";
import type { AccessPolicy, AccessRefusal } from "../ports/access-policy.js";
import type { Clock } from "../ports/clock.js";
import type { Conversation, StatusView } from "../ports/conversation.js";
import type { Logger } from "../ports/logger.js";
import type { RepositoryResolution, RepositoryResolver } from "../ports/repository-resolver.js";
import type { Store } from "../ports/store.js";
import type { WebhookProvider } from "../ports/webhook-provider.js";
import type { Command } from "../task/command.js";
import type { JsonObject } from "../task/json.js";
import type { TaskSummary } from "../task/task.js";
import { helpView, noticeView, threadView } from "./command-views.js";
import { retryThread } from "./retry-thread.js";
import { stopThread } from "./stop-thread.js";

/** Dependencies of {@link answerCommand}. */
export interface CommandDeps extends StopTaskDeps {
  readonly store: Store;
  readonly providers: ReadonlyMap<string, WebhookProvider>;
  readonly resolver: RepositoryResolver;
  readonly access: AccessPolicy;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: { readonly botName: string; readonly leaseMs: number };
}

/** Maximum duration of the decision about access, in milliseconds: the thread's next command, maybe a stop, waits for it. */
export const maxDecisionMs = 5000;
/**
 * Maximum duration of the search for an earlier reply, and of the reply, in milliseconds: more than a provider's request
 * may take, since one that is cut off half-way may be posted, and then posted again.
 */
export const maxReplyMs = 20_000;

/** How far the provider's clock may be behind the store's, in milliseconds. */
const maxClockSkewMs = 600_000;

/** Options of {@link answerCommand}. */
export interface AnswerOptions {
  readonly signal: AbortSignal;
  /** Called once the command has acted, before its reply. */
  readonly beforeReply: () => Promise<void>;
}

/** An answer: a view for the thread, or null if the tasks' own status messages show it; and facts to store. */
export interface CommandAnswer {
  readonly view: StatusView | null;
  readonly facts: JsonObject;
}

/**
 * Decides access, acts and replies in the thread; returns the result to store. A provider that hangs delays neither the act,
 * once access is decided, nor the end, once the signal has aborted.
 */
export async function answerCommand(
  command: Command,
  deps: CommandDeps,
  { signal, beforeReply }: AnswerOptions,
): Promise<JsonObject> {
  const limits = { clock: deps.clock, signal };
  // Within the entry's lease too: after that another worker answers it.
  const decisionMs = Math.min(maxDecisionMs, deps.settings.leaseMs);
  const decision = await within(decisionMs, limits, (late) => decideAccess(command, deps, late));
  // Silence, whatever the policy's notice: an actor without access learns nothing about the thread.
  if (decision.status === "refused") return { status: "refused", reason: decision.reason };
  const conversation = deps.providers.get(command.origin.provider)?.conversation;
  if (!conversation) {
    deps.logger.error({ provider: command.origin.provider }, "This worker lacks the command's provider");
    return { status: "failed", reason: "provider_not_configured" };
  }
  // The reaction is a courtesy: the command is answered without it.
  const acknowledged = within(decisionMs, limits, (late) =>
    conversation.acknowledge(command.origin, { signal: late }),
  ).catch((error: unknown) => deps.logger.warn({ err: error }, "The command could not be acknowledged"));
  const { view, facts } = await actOn(command, deps);
  if (view) {
    await beforeReply();
    await reply(command, view, conversation, limits);
  }
  await acknowledged;
  return { status: "answered", ...facts };
}

async function actOn(command: Command, deps: CommandDeps): Promise<CommandAnswer> {
  const { botName } = deps.settings;
  switch (command.name) {
    case "stop":
      return await stopThread(command, deps);
    case "retry":
      return await retryThread(command, deps);
    case "status":
      return { view: threadView(botName, await tasksOf(command, deps.store)), facts: {} };
    case "help":
      return { view: helpView(botName), facts: {} };
    case "resume":
      return { view: noticeView("Nothing is paused here."), facts: {} };
  }
}

/** The newest tasks of the command's thread, newest first. */
async function tasksOf({ threadId }: Command, { tasks }: Pick<Store, "tasks">): Promise<readonly TaskSummary[]> {
  return threadId === null ? [] : (await tasks.search({ threadId, limit: 50 })).items;
}

/**
 * Access is that to the thread's repository, or to the one that a task would be done in here. Where it is still to be chosen,
 * a thread belongs to the actors who requested its tasks, and a thread without tasks to all who may choose one.
 */
async function decideAccess(
  command: Command,
  { store, resolver, access }: CommandDeps,
  signal: AbortSignal,
): Promise<{ readonly status: "allowed" } | Pick<AccessRefusal, "status" | "reason">> {
  const { threadId, actor, isPreauthorized, origin } = command;
  const thread = threadId === null ? null : await store.threads.findById(threadId);
  const request = { actor, origin, repository: command.repository, title: "", instruction: "" };
  const resolution: RepositoryResolution = thread?.repository
    ? { status: "resolved", repository: thread.repository }
    : await resolver.resolve({ task: request, remembered: null }, { signal });
  if (resolution.status === "resolved") {
    return await access.decide({ task: command, repository: resolution.repository }, { signal });
  }
  const choices = resolution.status === "question" ? resolution.choices : [];
  const decision = await decideAmong(choices, command, access, signal);
  if (decision?.status === "refused") return decision;
  const tasks = await tasksOf(command, store);
  const isOwn = tasks.every((task) => task.actor.provider === actor.provider && task.actor.id === actor.id);
  return isPreauthorized || isOwn ? { status: "allowed" } : { status: "refused", reason: notPermitted };
}

/** Posts a reply unless an earlier try has posted it. */
async function reply(
  { id, origin, createdAt }: Command,
  view: StatusView,
  conversation: Conversation,
  limits: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  const request = { origin, taskId: id };
  const since = new Date(createdAt.getTime() - maxClockSkewMs);
  const [posted] = await within(maxReplyMs, limits, (signal) =>
    conversation.findStatus({ ...request, since }, { signal }),
  );
  if (posted) return;
  await within(maxReplyMs, limits, (signal) => conversation.postStatus({ ...request, view }, { signal }));
}
