import { z } from "zod";
import type { RouteContext } from "../../gateway/route.js";
import type { IncomingRequest } from "../../http/incoming-request.js";
import { jsonResponse, problemResponse } from "../../http/responses.js";
import { taskChannel, taskStopChannel } from "../../task/task-channels.js";
import type { AdminParts } from "../admin-parts.js";
import { readJsonBody } from "../read-json-body.js";
import { respondUnknownTask } from "./respond-unknown-task.js";

const bodySchema = z.strictObject({
  reason: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,63}$/, "expected a name such as wrong_repository")
    .default("stopped"),
});

/**
 * `POST /api/tasks/{id}/cancel`: a waiting task has ended when this is answered (`cancelled`); the worker of a running one
 * is told, and so is the next worker of one that waits between two runs (`requested`).
 */
export async function cancelTask(
  { store, queue, pubSub }: AdminParts,
  taskId: string,
  request: IncomingRequest,
  { logger }: RouteContext,
): Promise<Response> {
  const body = await readJsonBody(request, bodySchema);
  if (body instanceof Response) return body;
  const status = await store.tasks.cancel(taskId, body.value.reason);
  if (status === "unknown") return respondUnknownTask();
  if (status === "final") {
    return problemResponse({
      status: 409,
      code: "TASK_FINAL",
      title: "Task has ended",
      detail: "The task has already ended: there is nothing to cancel.",
    });
  }
  logger.info({ taskId, ...body.value, status }, "A task was cancelled through the admin API");
  pubSub.publish(status === "requested" ? taskStopChannel(taskId) : taskChannel(taskId));
  // The store has decided: what the queue does not hear now is found by the worker or the reconciler.
  void tellQueue({ store, queue }, taskId).catch(() => {});
  return jsonResponse(200, { taskId, status });
}

/** Takes the entry out; that of a task which is to end in a run of its own comes back, due at once. One that is claimed stays. */
async function tellQueue({ store, queue }: Pick<AdminParts, "store" | "queue">, taskId: string): Promise<void> {
  await queue.cancel(taskId);
  const task = await store.tasks.find(taskId);
  if (task?.status !== "queued") return;
  const { threadId, priority, installationId, repository } = task;
  await queue.enqueue([{ taskId, threadId, priority, installationId, repositoryId: repository.id, delayMs: 0 }]);
}
