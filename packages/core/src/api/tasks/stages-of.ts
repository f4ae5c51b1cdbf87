import type { JsonObject, JsonValue } from "../../task/json.js";
import type { TaskEvent } from "../../task/task-event.js";

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
