import { notPermitted } from "../access/create-permission-policy.js";
import { repositoryUnknown } from "../reasons/explain.js";
import type { Command } from "../task/command.js";
import type { TaskSummary } from "../task/task.js";
import { taskChannel } from "../task/task-channels.js";
import type { CommandAnswer, CommandDeps } from "./answer-command.js";
import { noticeView } from "./command-views.js";

const nothing = "There is nothing to retry here.";
const stopping = "The task is still being stopped. Ask for the retry once it has ended.";

/**
 * Queues the thread's newest failed or cancelled task again. A task that has changed since the command was given is what an
 * earlier try of it has queued: it is left alone.
 */
export async function retryThread(
  command: Command,
  { store, queue, pubSub, logger }: CommandDeps,
): Promise<CommandAnswer> {
  const { threadId, createdAt } = command;
  if (threadId === null) return { view: noticeView(nothing), facts: {} };
  const { items } = await store.tasks.search({ threadId, limit: 100 });
  const wasDone = (finishedAt: Date | null): boolean => finishedAt !== null && finishedAt <= createdAt;
  const [newest] = items
    .filter((task) => task.createdAt <= createdAt && !isRefusedAgain(task, command))
    // A question that a later task has answered is not work to repeat.
    .filter(({ reason }, index) => index === 0 || reason !== repositoryUnknown)
    .filter(({ status, finishedAt }) => !(status === "succeeded" && wasDone(finishedAt)));
  if (!newest) return { view: noticeView(nothing), facts: {} };
  const isStopping = newest.finishedAt === null && newest.cancelRequestedAt !== null;
  if (isStopping) return { view: noticeView(stopping), facts: { taskId: newest.id, outcome: "stopping" } };
  if (!wasDone(newest.finishedAt)) return { view: null, facts: { taskId: newest.id, outcome: "under_way" } };

  const result = await store.tasks.reopen(newest.id);
  const facts = { taskId: newest.id, outcome: result.status };
  if (result.status !== "reopened") {
    const isInactive = result.status === "inactive";
    return { view: noticeView(isInactive ? "The bot is suspended or uninstalled here." : nothing), facts };
  }
  pubSub.publish(taskChannel(newest.id));
  await queue.enqueue([result.entry]).catch((error: unknown) => {
    logger.warn({ err: error }, "A reopened task could not be queued; the reconciler does it");
  });
  return { view: null, facts };
}

/** Access is decided about the actor of the task, not of the command: what was refused to another one would be again. */
function isRefusedAgain({ reason, actor }: TaskSummary, command: Command): boolean {
  const isOwn = actor.provider === command.actor.provider && actor.id === command.actor.id;
  return reason === notPermitted && !isOwn;
}
