import { jsonResponse } from "../../http/responses.js";
import type { AdminParts } from "../admin-parts.js";
import { respondUnknownTask } from "./respond-unknown-task.js";
import { describeTasks } from "./task-json.js";

/** `GET /api/tasks/{id}`: one task with its stages. */
export async function showTask({ store }: AdminParts, taskId: string): Promise<Response> {
  const task = await store.tasks.find(taskId);
  if (!task) return respondUnknownTask();
  const [shown] = await describeTasks([task], store);
  return jsonResponse(200, shown ?? null);
}
