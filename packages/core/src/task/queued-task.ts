import { noUsage } from "./agent-outcome.js";
import { type Task, taskVersion } from "./task.js";
import type { TaskDraft } from "./task-draft.js";

/** The reason of a task that waits until its actor or its repository may have another one. */
export const quotaReason = "quota";

/**
 * Returns true for a task that waits for its quota: the tasks behind it in its thread pass it, so that one person's requests
 * do not hold up others.
 */
export function isPassed(
  { status, reason, notBefore }: Pick<Task, "status" | "reason" | "notBefore">,
  now: Date,
): boolean {
  return status === "queued" && reason === quotaReason && notBefore !== null && notBefore > now;
}

/** Returns the lane of a task that is passed: its own, beside its thread's. */
export function asideLane({ id, threadId }: Pick<Task, "id" | "threadId">): string {
  return `${threadId}/${id}`;
}

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
