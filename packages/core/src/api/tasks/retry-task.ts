import { z } from "zod";
import type { RouteContext } from "../../gateway/route.js";
import type { IncomingRequest } from "../../http/incoming-request.js";
import { jsonResponse, problemResponse } from "../../http/responses.js";
import type { ReopenResult } from "../../ports/outbox.js";
import { taskChannel } from "../../task/task-channels.js";
import type { AdminParts } from "../admin-parts.js";
import { readJsonBody } from "../read-json-body.js";
import { respondUnknownTask } from "./respond-unknown-task.js";

const bodySchema = z.strictObject({});

/**
 * `POST /api/tasks/{id}/retry`: a failed or cancelled task goes back in line. It stays the same task, with its status
 * comment, branch and pull request, and with what is left of its budget; more money takes a replay, which is a new task.
 */
export async function retryTask(
  { store, pubSub, dispatch }: AdminParts,
  taskId: string,
  request: IncomingRequest,
  { logger }: RouteContext,
): Promise<Response> {
  const body = await readJsonBody(request, bodySchema);
  if (body instanceof Response) return body;
  const result = await store.outbox.reopen(taskId);
  if (result.status !== "reopened") return refuse(result);
  logger.info({ taskId }, "A task was put back in line through the admin API");
  dispatch(result.entry);
  pubSub.publish(taskChannel(taskId));
  return jsonResponse(200, { taskId, status: "queued" });
}

function refuse(result: Exclude<ReopenResult, { status: "reopened" }>): Response {
  const conflict = (code: string, detail: string): Response =>
    problemResponse({ status: 409, code, title: "Task cannot be retried", detail });
  switch (result.status) {
    case "unknown":
      return respondUnknownTask();
    case "inactive":
      return conflict("INSTALLATION_INACTIVE", "The installation of the task is suspended or deleted.");
    case "refused":
      return result.taskStatus === "succeeded"
        ? conflict("TASK_SUCCEEDED", "The task has succeeded; replay its delivery to have the work done anew.")
        : conflict("TASK_NOT_FINAL", `The task is ${result.taskStatus}: it has not ended yet.`);
  }
}
