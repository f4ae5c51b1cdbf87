import { z } from "zod";
import { stopTask } from "../../cancellation/stop-task.js";
import type { RouteContext } from "../../gateway/route.js";
import type { IncomingRequest } from "../../http/incoming-request.js";
import { jsonResponse, OutgoingResponse, problemResponse } from "../../http/outgoing-response.js";
import type { AdminDeps } from "../create-admin-api.js";
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
  deps: AdminDeps,
  taskId: string,
  request: IncomingRequest,
  { logger }: RouteContext,
): Promise<OutgoingResponse> {
  const body = await readJsonBody(request, bodySchema);
  if (body instanceof OutgoingResponse) return body;
  const status = await stopTask(taskId, body.value.reason, deps);
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
  return jsonResponse(200, { taskId, status });
}
