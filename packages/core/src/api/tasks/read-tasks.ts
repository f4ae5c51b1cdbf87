import { z } from "zod";
import type { IncomingRequest } from "../../http/incoming-request.js";
import { jsonResponse, OutgoingResponse, problemResponse } from "../../http/outgoing-response.js";
import type { Store } from "../../ports/store.js";
import type { TaskSearch } from "../../ports/task-store.js";
import type { JsonObject, JsonValue } from "../../task/json.js";
import type { RepositoryRef } from "../../task/repository-ref.js";
import { type TaskSummary, taskStatusSchema } from "../../task/task.js";
import { taskTriggerSchema } from "../../task/task-draft.js";
import type { TaskEvent } from "../../task/task-event.js";
import type { AdminDeps } from "../create-admin-api.js";
import { oneOf, pageParameters, readPage, readQuery, textParameter } from "../read-query.js";

/** Maximum number of shown step lines of one task: a task that waited for hours has begun often. */
const maxSteps = 300;

const filters = {
  status: oneOf(taskStatusSchema),
  provider: textParameter,
  repository: z.string().regex(/^[^\s\p{Cc}/]{1,200}(?:\/[^\s\p{Cc}/]{1,200}){1,20}$/u, "expected owner/name"),
  trigger: oneOf(taskTriggerSchema),
  actor: textParameter,
  thread: textParameter,
  text: textParameter,
  ...pageParameters,
};

/** `GET /api/tasks`: newest first, page by page. */
export async function searchTasks({ store }: AdminDeps, request: IncomingRequest): Promise<OutgoingResponse> {
  const query = readQuery(request, filters);
  if (query instanceof OutgoingResponse) return query;
  const { thread, ...others } = query;
  const search: TaskSearch = thread === undefined ? others : { ...others, threadId: thread };
  const page = await readPage(() => store.tasks.search(search));
  if (page instanceof OutgoingResponse) return page;
  return jsonResponse(200, { tasks: await describeTasks(page.items, store), nextCursor: page.next });
}

/** `GET /api/tasks/{id}`: one task with its stages. */
export async function showTask({ store }: AdminDeps, taskId: string): Promise<OutgoingResponse> {
  const task = await store.tasks.find(taskId);
  if (!task) return unknownTask();
  const [shown] = await describeTasks([task], store);
  return jsonResponse(200, shown ?? null);
}

/** 404 for an unknown task id. */
export function unknownTask(): OutgoingResponse {
  return problemResponse({
    status: 404,
    code: "TASK_UNKNOWN",
    title: "Unknown task",
    detail: "There is no task with this id.",
  });
}

/** Tasks as every response shows them. The fields are a contract: dashboards and scripts read them. */
async function describeTasks(
  tasks: readonly TaskSummary[],
  { transcript }: Pick<Store, "transcript">,
): Promise<readonly JsonObject[]> {
  const steps = await transcript.steps(
    tasks.map(({ id }) => id),
    maxSteps,
  );
  return tasks.map((task) => taskJson(task, steps.get(task.id) ?? []));
}

function taskJson(task: TaskSummary, steps: readonly TaskEvent[]): JsonObject {
  const { usage, origin, result } = task;
  return {
    id: task.id,
    status: task.status,
    reason: task.reason,
    title: task.title,
    origin: { ...origin, pullRequest: origin.pullRequest && { ...origin.pullRequest } },
    actor: { ...task.actor },
    repository: task.repository && repositoryJson(task.repository),
    threadId: task.threadId,
    trigger: task.trigger,
    priority: task.priority,
    attempt: task.attempt,
    agent: task.agent,
    model: task.model,
    costUsd: usage.costUsd,
    inputTokens: usage.inputTokens,
    outputTokens: usage.outputTokens,
    sessionId: task.sessionId,
    createdAt: task.createdAt.toISOString(),
    startedAt: task.startedAt?.toISOString() ?? null,
    finishedAt: task.finishedAt?.toISOString() ?? null,
    stages: stagesOf(steps),
    result: result && { ...result, pullRequest: result.pullRequest && { ...result.pullRequest } },
  };
}

/** `owner` is everything before the last slash of the path. */
function repositoryJson({ provider, path, id, tenant, defaultBranch }: RepositoryRef): JsonObject {
  const slash = path.lastIndexOf("/");
  return {
    provider,
    path,
    owner: path.slice(0, Math.max(0, slash)),
    name: path.slice(slash + 1),
    id,
    tenant,
    defaultBranch,
  };
}

interface Stage {
  readonly name: string;
  readonly attempt: number | null;
  readonly startedAt: Date;
  finishedAt: Date | null;
  durationMs: number | null;
  isDone: boolean;
}

/**
 * The stages in a task's step lines, in order. The stage of a worker that was killed has no end; one that ended the run, or
 * threw, is not done.
 */
export function stagesOf(steps: readonly TaskEvent[]): readonly JsonObject[] {
  const stages: Stage[] = [];
  let attempt: number | null = null;
  for (const { type, at, data } of steps) {
    const name = String(data["stage"]);
    if (type === "task:begun") attempt = numberOr(data["attempt"], null);
    if (type === "stage:started") {
      stages.push({ name, attempt, startedAt: at, finishedAt: null, durationMs: null, isDone: false });
    }
    const stage = stages.at(-1);
    if (type !== "stage:finished" || stage?.name !== name || stage.finishedAt !== null) continue;
    stage.finishedAt = at;
    stage.durationMs = numberOr(data["durationMs"], at.getTime() - stage.startedAt.getTime());
    stage.isDone = data["isDone"] === true;
  }
  return stages.map((stage) => ({
    ...stage,
    startedAt: stage.startedAt.toISOString(),
    finishedAt: stage.finishedAt?.toISOString() ?? null,
  }));
}

function numberOr<Other>(value: JsonValue | undefined, other: Other): number | Other {
  return typeof value === "number" ? value : other;
}
