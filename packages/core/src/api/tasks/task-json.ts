import type { Store } from "../../ports/store.js";
import type { JsonObject } from "../../task/json.js";
import type { Task } from "../../task/task.js";
import type { TaskEvent } from "../../task/task-event.js";
import { stagesOf } from "./stages-of.js";

/** How many step lines of one task are shown: a task that waited for hours has begun often. */
const maxSteps = 300;

/** Tasks as every answer shows them. The fields are a contract: dashboards and scripts read them. */
export async function describeTasks(
  tasks: readonly Task[],
  { transcript }: Pick<Store, "transcript">,
): Promise<readonly JsonObject[]> {
  const steps = await transcript.steps(
    tasks.map(({ id }) => id),
    maxSteps,
  );
  return tasks.map((task) => taskJson(task, steps.get(task.id) ?? []));
}

function taskJson(task: Task, steps: readonly TaskEvent[]): JsonObject {
  const { usage } = task;
  return {
    id: task.id,
    status: task.status,
    reason: task.reason,
    origin: task.origin,
    repository: task.repository,
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
    result: task.result,
  };
}
