import { noUsage } from "./agent-outcome.js";
import { type Task, taskVersion } from "./task.js";
import type { TaskDraft } from "./task-draft.js";

/** Values that the store assigns to a draft. */
export type TaskPlace = Pick<Task, "id" | "installationId" | "threadId" | "traceparent" | "createdAt">;

/** Returns the task that a draft becomes: queued, and never begun. */
export function queuedTask(draft: TaskDraft, place: TaskPlace): Task {
  const { threadAliases: _aliases, whenThreadBusy: _whenBusy, ...request } = draft;
  return {
    ...request,
    ...place,
    version: taskVersion,
    status: "queued",
    reason: null,
    attempt: 0,
    fence: 0,
    notBefore: null,
    cancelRequestedAt: null,
    cancelReason: null,
    agent: null,
    model: null,
    sessionId: null,
    usage: noUsage,
    result: null,
    startedAt: null,
    finishedAt: null,
  };
}
