import type { StopResult } from "../ports/command-store.js";
import type { PubSub } from "../ports/pub-sub.js";
import type { Store } from "../ports/store.js";
import type { TaskQueue } from "../ports/task-queue.js";
import { taskChannel, taskStopChannel } from "../task/task-channels.js";

/** Dependencies of {@link stopTask}. */
export interface StopTaskDeps {
  readonly store: Pick<Store, "commands" | "tasks">;
  readonly queue: Pick<TaskQueue, "cancel" | "enqueue">;
  readonly pubSub: Pick<PubSub, "publish">;
}

/**
 * Ends a waiting task, or requests the stop of a running one and notifies its worker. The store decides; the queue is
 * updated in the background, and one that is down is corrected by the worker or the reconciler.
 */
export async function stopTask(taskId: string, reason: string, deps: StopTaskDeps): Promise<StopResult> {
  const result = await deps.store.commands.requestStop(taskId, reason);
  if (result === "unknown" || result === "final") return result;
  deps.pubSub.publish(result === "requested" ? taskStopChannel(taskId) : taskChannel(taskId));
  void updateQueue(taskId, deps).catch(() => {});
  return result;
}

/** Removes the entry; that of a task which ends in a run of its own is added again, due at once. A claimed entry stays. */
async function updateQueue(taskId: string, { store, queue }: StopTaskDeps): Promise<void> {
  await queue.cancel(taskId);
  const task = await store.tasks.find(taskId);
  if (task?.status !== "queued") return;
  const { threadId: lane, priority, installationId } = task;
  await queue.enqueue([{ id: taskId, kind: "task", lane, priority, installationId, delayMs: 0 }]);
}
