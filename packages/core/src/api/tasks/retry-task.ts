import { z } from "zod";
import type { RouteContext } from "../../gateway/route.js";
import type { IncomingRequest } from "../../http/incoming-request.js";
import { jsonResponse, OutgoingResponse, problemResponse } from "../../http/outgoing-response.js";
import type { ReopenResult } from "../../ports/task-store.js";
import { taskChannel } from "../../task/task-channels.js";
import type { AdminDeps } from "../create-admin-api.js";
import { readJsonBody } from "../read-json-body.js";
import { unknownTask } from "./read-tasks.js";

const bodySchema = z.strictObject({});

/**
 * `POST /api/tasks/{id}/retry`: queues a failed or cancelled task again. It stays the same task, with its status message,
 * branch and pull request, and with the rest of its budget; more money needs a replay, which is a new task.
 */
export async function retryTask(
  { store, pubSub, dispatch }: AdminDeps,
  taskId: string,
  request: IncomingRequest,
  { logger }: RouteContext,
): Promise<OutgoingResponse> {
  const body = await readJsonBody(request, bodySchema);
  if (body instanceof OutgoingResponse) return body;
  const result = await store.tasks.reopen(taskId);
  if (result.status !== "reopened") return refuse(result);
  logger.info({ taskId }, "A task was queued again through the admin API");
  dispatch(result.entry);
  pubSub.publish(taskChannel(taskId));
  return jsonResponse(200, { taskId, status: "queued" });
}

function refuse(result: Exclude<ReopenResult, { status: "reopened" }>): OutgoingResponse {
  const conflict = (code: string, detail: string): OutgoingResponse =>
    problemResponse({ status: 409, code, title: "Task cannot be retried", detail });
  switch (result.status) {
    case "unknown":
      return unknownTask();
    case "inactive":
      return conflict("INSTALLATION_INACTIVE", "The installation of the task is suspended or deleted.");
    case "refused":
      return result.taskStatus === "succeeded"
        ? conflict("TASK_SUCCEEDED", "The task has succeeded; replay its delivery to have the work done anew.")
        : conflict("TASK_NOT_FINAL", `The task is ${result.taskStatus}: it has not ended yet.`);
  }
}
