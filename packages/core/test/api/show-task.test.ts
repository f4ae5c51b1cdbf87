import { expect, test } from "vitest";
import { stagesOf } from "../../src/api/tasks/read-tasks.js";
import type { JsonObject } from "../../src/task/json.js";
import type { TaskEventDraft } from "../../src/task/task-event.js";
import { createBench } from "../worker/fixtures/create-bench.js";
import { startApi } from "./fixtures/start-api.js";

const at = (second: number): Date => new Date(Date.UTC(2026, 10, 22, 10, 0, second));
const step = (type: TaskEventDraft["type"], second: number, data: JsonObject) => ({
  seq: second,
  type,
  at: at(second),
  data,
});

test("GET /api/tasks/{id} shows a task with its stages, what it cost and what it published", async () => {
  const bench = await createBench();
  const api = await startApi({ store: bench.store, queue: bench.queue });
  const taskId = await bench.ask();
  await bench.startWorker();
  const { usage, result } = await bench.ended(taskId);
  const { status, json } = await api.get(`/api/tasks/${taskId}`);
  expect(status).toBe(200);
  expect(json).toMatchObject({
    id: taskId,
    status: "succeeded",
    reason: null,
    attempt: 1,
    costUsd: usage.costUsd,
    result,
  });
  const stages = json["stages"] as JsonObject[];
  expect(stages.map(({ name }) => name)).toEqual([
    ...["resolve-repository", "admit", "gather-context", "prepare-workspace", "index-workspace"],
    ...["run-agent", "checkpoint", "publish-result", "complete-task"],
  ]);
  for (const stage of stages) {
    expect(Object.keys(stage)).toEqual(["name", "attempt", "startedAt", "finishedAt", "durationMs", "isDone"]);
    expect(stage).toMatchObject({ attempt: 1, isDone: true });
    expect(Date.parse(String(stage["finishedAt"]))).toBeGreaterThanOrEqual(Date.parse(String(stage["startedAt"])));
  }
  expect((await api.get("/api/tasks")).json["tasks"]).toEqual([json]);
});

test("an unknown or malformed id is answered by 404", async () => {
  const api = await startApi();
  for (const id of ["nobody", "%00", "%27--", "0192d3a4-0000-7000-8000-000000000000", "x".repeat(5000)]) {
    const answer = await api.get(`/api/tasks/${id}`);
    expect([answer.status, answer.json["code"]]).toEqual([404, "TASK_UNKNOWN"]);
  }
});

test("a stage whose worker was killed has no end, and the next attempt has stages of its own", () => {
  const stages = stagesOf([
    step("task:begun", 1, { attempt: 1 }),
    step("stage:started", 2, { stage: "admit" }),
    step("stage:finished", 3, { stage: "admit", durationMs: 900, isDone: true }),
    step("stage:started", 4, { stage: "run-agent" }),
    step("task:begun", 60, { attempt: 2 }),
    step("stage:started", 61, { stage: "admit" }),
    step("stage:finished", 62, { stage: "admit", durationMs: 800, isDone: false }),
  ]);
  expect(stages).toEqual([
    {
      name: "admit",
      attempt: 1,
      startedAt: at(2).toISOString(),
      finishedAt: at(3).toISOString(),
      durationMs: 900,
      isDone: true,
    },
    {
      name: "run-agent",
      attempt: 1,
      startedAt: at(4).toISOString(),
      finishedAt: null,
      durationMs: null,
      isDone: false,
    },
    {
      name: "admit",
      attempt: 2,
      startedAt: at(61).toISOString(),
      finishedAt: at(62).toISOString(),
      durationMs: 800,
      isDone: false,
    },
  ]);
});

test("step lines that begin in the middle cause no failure", () => {
  expect(stagesOf([step("stage:finished", 1, { stage: "admit", durationMs: 1, isDone: true })])).toEqual([]);
  const [stage] = stagesOf([step("stage:started", 1, { stage: "checkpoint" })]);
  expect(stage).toMatchObject({ name: "checkpoint", attempt: null });
});
