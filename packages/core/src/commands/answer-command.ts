import { notPermitted } from "../access/create-permission-policy.js";
import type { StopTaskDeps } from "../cancellation/stop-task.js";
import type { AccessDecision, AccessPolicy } from "../ports/access-policy.js";
import type { Conversation, StatusView } from "../ports/conversation.js";
import type { Logger } from "../ports/logger.js";
import type { Store } from "../ports/store.js";
import type { WebhookProvider } from "../ports/webhook-provider.js";
import type { Command } from "../task/command.js";
import type { JsonObject } from "../task/json.js";
import type { Task } from "../task/task.js";
import { helpView, noticeView, threadView } from "./command-views.js";
import { retryThread } from "./retry-thread.js";
import { stopThread } from "./stop-thread.js";

/** Dependencies of {@link answerCommand}. */
export interface CommandDeps extends StopTaskDeps {
  readonly store: Store;
  readonly providers: ReadonlyMap<string, WebhookProvider>;
  readonly access: AccessPolicy;
  readonly logger: Logger;
  readonly settings: { readonly botName: string };
}

/** An answer: a view for the thread, or null if the tasks' own status messages show it; and facts to store. */
export interface CommandAnswer {
  readonly view: StatusView | null;
  readonly facts: JsonObject;
}

/** Decides access, does what the command asks and replies in its thread. Returns the result to store. */
export async function answerCommand(command: Command, deps: CommandDeps, signal: AbortSignal): Promise<JsonObject> {
  const decision = await decideAccess(command, deps, signal);
  // Silence: an actor without access learns nothing about the thread.
  if (decision.status === "refused") return { status: "refused", reason: decision.reason };
  const conversation = deps.providers.get(command.origin.provider)?.conversation;
  if (!conversation) {
    deps.logger.error({ provider: command.origin.provider }, "This worker lacks the command's provider");
    return { status: "failed", reason: "provider_not_configured" };
  }
  await acknowledge(command, conversation, deps.logger, signal);
  const { view, facts } = await actOn(command, deps);
  if (view) await reply(command, view, conversation, signal);
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
async function tasksOf({ threadId }: Command, { tasks }: Pick<Store, "tasks">): Promise<readonly Task[]> {
  return threadId === null ? [] : (await tasks.search({ threadId, limit: 50 })).items;
}

/**
 * Access is that to the thread's repository. Where no repository is known yet, a thread belongs to the actors who requested
 * its tasks, and a thread without tasks has nothing to protect.
 */
async function decideAccess(
  command: Command,
  { store, access }: CommandDeps,
  signal: AbortSignal,
): Promise<Pick<AccessDecision & { status: "allowed" }, "status"> | { status: "refused"; reason: string }> {
  const thread = command.threadId === null ? null : await store.threads.findById(command.threadId);
  const repository = thread?.repository ?? command.repository;
  if (repository) return await access.decide({ task: command, repository }, { signal });
  const { actor, isPreauthorized } = command;
  const tasks = await tasksOf(command, store);
  const isOwn = tasks.every((task) => task.actor.provider === actor.provider && task.actor.id === actor.id);
  return isPreauthorized || isOwn ? { status: "allowed" } : { status: "refused", reason: notPermitted };
}

/** The reaction is a courtesy: the command is answered without it. */
async function acknowledge(
  { origin }: Command,
  conversation: Conversation,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  await conversation.acknowledge(origin, { signal }).catch((error: unknown) => {
    signal.throwIfAborted();
    logger.warn({ err: error }, "The command could not be acknowledged");
  });
}

/** Posts a reply unless an earlier try has posted it. */
async function reply(
  { id, origin }: Command,
  view: StatusView,
  conversation: Conversation,
  signal: AbortSignal,
): Promise<void> {
  const request = { origin, taskId: id };
  const [posted] = await conversation.findStatus(request, { signal });
  if (!posted) await conversation.postStatus({ ...request, view }, { signal });
}
