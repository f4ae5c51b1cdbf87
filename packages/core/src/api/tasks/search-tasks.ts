import { z } from "zod";
import type { IncomingRequest } from "../../http/incoming-request.js";
import { jsonResponse } from "../../http/responses.js";
import type { TaskSearch } from "../../ports/task-store.js";
import { taskStatusSchema } from "../../task/task-status.js";
import { taskTriggerSchema } from "../../task/task-trigger.js";
import type { AdminParts } from "../admin-parts.js";
import { askForPage } from "../ask-for-page.js";
import { oneOf, pageParameters, readQuery, textParameter } from "../read-query.js";
import { describeTasks } from "./task-json.js";

const filters = {
  status: oneOf(taskStatusSchema),
  provider: textParameter,
  repository: z.string().regex(/^[^\s\p{Cc}/]{1,200}(?:\/[^\s\p{Cc}/]{1,200}){1,5}$/u, "expected owner/name"),
  trigger: oneOf(taskTriggerSchema),
  actor: textParameter,
  thread: textParameter,
  text: textParameter,
  ...pageParameters,
};

/** `GET /api/tasks`: newest first, a page at a time. */
export async function searchTasks({ store }: AdminParts, request: IncomingRequest): Promise<Response> {
  const query = readQuery(request, filters);
  if (query instanceof Response) return query;
  const { thread, ...others } = query;
  const search: TaskSearch = thread === undefined ? others : { ...others, threadId: thread };
  const page = await askForPage(() => store.tasks.search(search));
  if (page instanceof Response) return page;
  return jsonResponse(200, { tasks: await describeTasks(page.items, store), nextCursor: page.next });
}
