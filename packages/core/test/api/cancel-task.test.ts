import { describe, expect, test } from "vitest";
import { unlessAborted } from "../../src/lifecycle/unless-aborted.js";
import { eventually } from "../../src/testing/eventually.js";
import type { Script } from "../../src/testing/scripted-runner.js";
import { recordTask } from "../../src/testing/store/record-task.js";
import { createBench } from "../worker/fixtures/create-bench.js";
import { startRunningTask } from "./fixtures/running-task.js";
import { startApi } from "./fixtures/start-api.js";

/** Works until it is stopped. */
const hang: Script = ({ signal }) => unlessAborted(new Promise<never>(() => {}), signal);

describe("POST /api/tasks/{id}/cancel", () => {
  test("ends a waiting task at once, and the queue forgets it", async () => {
    const api = await startApi();
    const { taskId, entry } = await recordTask(api.store);
    await api.queue.enqueue([entry]);
    const answer = await api.post(`/api/tasks/${taskId}/cancel`);
    expect([answer.status, answer.json]).toEqual([200, { taskId, status: "cancelled" }]);
    expect((await api.get(`/api/tasks/${taskId}`)).json).toMatchObject({ status: "cancelled", reason: "stopped" });
    await eventually("the queue to forget it", async () => ((await api.queue.stats()).waiting === 0 ? true : null));
  });

  test("stops a running one long before its next heartbeat, with the reason that was given", async () => {
    const bench = await createBench({ script: hang });
    const api = await startApi({ store: bench.store, queue: bench.queue, pubSub: bench.pubSub });
    const taskId = await bench.ask();
    await bench.startWorker({ leaseMs: 600_000 });
    await eventually("the agent to run", () => bench.agent.jobs[0] ?? null);
    const answer = await api.post(`/api/tasks/${taskId}/cancel`, { reason: "wrong_repository" });
    expect([answer.status, answer.json]).toEqual([200, { taskId, status: "requested" }]);
    expect(await bench.ended(taskId)).toMatchObject({ status: "cancelled", reason: "wrong_repository" });
    expect(bench.comments()).toEqual([expect.stringContaining("It was stopped.")]);
  });

  test("may be repeated while the task runs; the first reason stays", async () => {
    const api = await startApi();
    const { taskId } = await startRunningTask(api);
    for (const reason of ["first", "second"]) {
      expect((await api.post(`/api/tasks/${taskId}/cancel`, { reason })).json).toEqual({ taskId, status: "requested" });
    }
    expect((await api.store.tasks.find(taskId))?.cancelReason).toBe("first");
  });

  test("of a task that has ended is a conflict, and of an unknown one 404", async () => {
    const api = await startApi();
    const { taskId } = await recordTask(api.store);
    await api.post(`/api/tasks/${taskId}/cancel`);
    const again = await api.post(`/api/tasks/${taskId}/cancel`);
    expect([again.status, again.json["code"]]).toEqual([409, "TASK_FINAL"]);
    expect((await api.post("/api/tasks/nobody/cancel")).json["code"]).toBe("TASK_UNKNOWN");
  });

  test("is answered although the queue is down", async () => {
    const down = () => Promise.reject(new Error("the queue is down"));
    const bench = await createBench();
    const api = await startApi({ store: bench.store, queue: { ...bench.queue, cancel: down, enqueue: down } });
    const { taskId } = await recordTask(api.store);
    expect((await api.post(`/api/tasks/${taskId}/cancel`)).status).toBe(200);
    expect((await api.post(`/api/tasks/${taskId}/retry`)).status).toBe(200);
  });
});

describe("a body that is wrong is refused before anything is done:", () => {
  test.each([
    ['{"reason":"Two Words"}', "application/json", 400, "BODY_INVALID", /reason: expected a name/],
    [
      '{"reasons":"stopped"}',
      "application/json",
      400,
      "BODY_INVALID",
      /^body: has an unknown field; allowed are: reason$/,
    ],
    ["[]", "application/json", 400, "BODY_INVALID", /^body: ./],
    ["{", "application/json", 400, "BODY_INVALID", /not valid JSON/],
    ['{"reason":"stopped"}', "text/plain", 415, "UNSUPPORTED_MEDIA_TYPE", /application\/json/],
    [`{"reason":"${"x".repeat(20_000)}"}`, "application/json", 413, "BODY_TOO_LARGE", /./],
  ])("%.30s as %s", async (body, contentType, status, code, detail) => {
    const api = await startApi();
    const { taskId } = await recordTask(api.store);
    const answer = await api.call("POST", `/api/tasks/${taskId}/cancel`, {
      body,
      headers: { "content-type": contentType },
    });
    expect([answer.status, answer.json["code"]]).toEqual([status, code]);
    expect(answer.json["detail"]).toMatch(detail);
    expect((await api.store.tasks.find(taskId))?.status).toBe("queued");
  });
});
