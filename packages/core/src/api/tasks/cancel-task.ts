import { z } from "zod";
import type { RouteContext } from "../../gateway/route.js";
import type { IncomingRequest } from "../../http/incoming-request.js";
import { jsonResponse, OutgoingResponse, problemResponse } from "../../http/outgoing-response.js";
import { taskChannel, taskStopChannel } from "../../task/task-channels.js";
import type { AdminParts } from "../create-admin-api.js";
import { readJsonBody } from "../read-json-body.js";
import { unknownTask } from "./read-tasks.js";

const bodySchema = z.strictObject({
  reason: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,63}$/, "expected a name such as wrong_repository")
    .default("stopped"),
});

/**
 * `POST /api/tasks/{id}/cancel`: a waiting task has ended when this is answered (`cancelled`); a stop of a running task, or
 * of one that waits between two runs, is requested of its worker (`requested`).
 */
export async function cancelTask(
  { store, queue, pubSub }: AdminParts,
  taskId: string,
  request: IncomingRequest,
  { logger }: RouteContext,
): Promise<OutgoingResponse> {
  const body = await readJsonBody(request, bodySchema);
  if (body instanceof OutgoingResponse) return body;
  const status = await store.commands.requestStop(taskId, body.value.reason);
  if (status === "unknown") return unknownTask();
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
  // The store has decided: if the queue is down, the worker or the reconciler finds out from the store.
  void updateQueue({ store, queue }, taskId).catch(() => {});
  return jsonResponse(200, { taskId, status });
}

/** Removes the entry. A task that needs a run of its own to end gets a new entry, due at once; a claimed entry stays. */
async function updateQueue({ store, queue }: Pick<AdminParts, "store" | "queue">, taskId: string): Promise<void> {
  await queue.cancel(taskId);
  const task = await store.tasks.find(taskId);
  if (task?.status !== "queued") return;
  const { id, threadId: lane, installationId, priority } = task;
  await queue.enqueue([{ id, kind: "task", lane, installationId, priority, delayMs: 0 }]);
}
