import { describe, expect, test } from "vitest";
import { createMemoryStore } from "../../src/memory/create-memory-store.js";
import { eventually } from "../../src/testing/eventually.js";
import { recordTask } from "../../src/testing/store/record-task.js";
import { createBench } from "../worker/fixtures/create-bench.js";
import { startRunningTask } from "./fixtures/running-task.js";
import { startApi } from "./fixtures/start-api.js";
import { watchEvents } from "./fixtures/watch-events.js";

/** No polling: only a notification makes a stream read. */
const onlyWoken = { pollMs: 600_000 };
const numbers = (messages: readonly { readonly id: number }[]) => messages.map(({ id }) => id);
const upTo = (count: number, from = 1) => Array.from({ length: count - from + 1 }, (_, index) => from + index);

describe("GET /api/tasks/{id}/events", () => {
  test("sends each line with its seq as the id and JSON as the data, and ends with the task", async () => {
    const bench = await createBench();
    const api = await startApi({ store: bench.store, pubSub: bench.pubSub, api: onlyWoken });
    const taskId = await bench.ask();
    const viewer = await watchEvents(api.url, taskId);
    expect(viewer.response.headers).toMatchObject({
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store, no-transform",
    });
    await bench.startWorker();
    await viewer.ended();
    const stored = await bench.store.transcript.read(taskId, { afterSeq: 0, limit: 1000 });
    expect(viewer.messages).toEqual(
      stored.map(({ seq, type, at, data }) => ({ id: seq, data: { seq, type, at: at.toISOString(), data } })),
    );
    expect(viewer.messages.at(-1)?.data).toMatchObject({ type: "task:settled", data: { status: "succeeded" } });
    expect(viewer.text()).toMatch(/^retry: 1000\n\nid: 1\ndata: \{/);
    expect((await bench.task(taskId)).status).toBe("succeeded");
  });

  test("sends what is there at once, and each new line when it is woken", async () => {
    const api = await startApi({ api: onlyWoken });
    const task = await startRunningTask(api);
    await task.say(250);
    const viewer = await watchEvents(api.url, task.taskId);
    await viewer.seen(250);
    for (let line = 251; line <= 255; line += 1) {
      await task.say(1);
      await viewer.seen(line);
    }
    expect(numbers(viewer.messages)).toEqual(upTo(255));
    expect(viewer.hasEnded()).toBe(false);
  });

  test("finds lines without a notification", async () => {
    const api = await startApi({ api: { pollMs: 20 } });
    const task = await startRunningTask({ store: api.store });
    const viewer = await watchEvents(api.url, task.taskId);
    await task.say(3);
    await viewer.seen(3);
    await task.end();
    await viewer.ended();
    expect(numbers(viewer.messages)).toEqual(upTo(4));
  });

  test("works where wake-ups cannot be had", async () => {
    const subscribe = (): never => {
      throw new Error("the wake-ups are closed");
    };
    const pubSub = { publish: () => {}, subscribe, close: async () => {} };
    const api = await startApi({ pubSub, api: { pollMs: 20 } });
    const task = await startRunningTask({ store: api.store });
    const viewer = await watchEvents(api.url, task.taskId);
    await task.say(3);
    await viewer.seen(3);
  });

  test("misses nothing that is written while it looks", async () => {
    const store = createMemoryStore();
    const task = await startRunningTask({ store });
    let looks = 0;
    const read: typeof store.transcript.read = async (taskId, range) => {
      const lines = await store.transcript.read(taskId, range);
      looks += 1;
      // Between the look that finds nothing and the wait that follows it.
      if (lines.length === 0 && looks < 20) {
        await task.say(1);
        api.pubSub.publish(`task:${taskId}`);
      }
      return lines;
    };
    const api = await startApi({ store: { ...store, transcript: { ...store.transcript, read } }, api: onlyWoken });
    const viewer = await watchEvents(api.url, task.taskId);
    await viewer.seen(9);
    expect(numbers(viewer.messages)).toEqual(upTo(viewer.messages.length));
  });

  test("shows that it lives while there is nothing to say", async () => {
    const api = await startApi({ api: { ...onlyWoken, heartbeatMs: 20 } });
    const task = await startRunningTask(api);
    const viewer = await watchEvents(api.url, task.taskId);
    await eventually("three heartbeats", () => (viewer.text().split(": still here\n\n").length > 3 ? true : null));
    expect(viewer.messages).toEqual([]);
  });

  test("ends when a waiting task is cancelled, with that as its last line", async () => {
    const api = await startApi({ api: onlyWoken });
    const { taskId } = await recordTask(api.store);
    const viewer = await watchEvents(api.url, taskId);
    expect((await api.post(`/api/tasks/${taskId}/cancel`)).json).toEqual({ taskId, status: "cancelled" });
    await viewer.ended();
    expect(viewer.messages).toMatchObject([
      { id: 1, data: { type: "task:settled", data: { status: "cancelled", reason: "stopped" } } },
    ]);
  });
});

describe("a viewer that comes again", () => {
  test("goes on after Last-Event-ID, or after the line the query names, and the header is the later word", async () => {
    const api = await startApi();
    const task = await startRunningTask(api);
    await task.say(10);
    await task.end();
    const resumed = await watchEvents(api.url, task.taskId, { lastEventId: 4 });
    await resumed.ended();
    expect(numbers(resumed.messages)).toEqual(upTo(11, 5));
    expect((await api.get(`/api/tasks/${task.taskId}/events?after=9`)).text.match(/^id: .*$/gm)).toEqual([
      "id: 10",
      "id: 11",
    ]);
    const both = await api.get(`/api/tasks/${task.taskId}/events?after=2`, { headers: { "last-event-id": "10" } });
    expect(both.text.match(/^id: .*$/gm)).toEqual(["id: 11"]);
  });

  test("for a task that is over and sent to its end gets 204, so that an EventSource stops reconnecting", async () => {
    const api = await startApi();
    const task = await startRunningTask(api);
    await task.say(2);
    await task.end();
    const answer = await api.get(`/api/tasks/${task.taskId}/events`, { headers: { "last-event-id": "3" } });
    expect([answer.status, answer.text, answer.headers.get("cache-control")]).toEqual([204, "", "no-store"]);
  });

  test("sees a task that was put back in line go on", async () => {
    const api = await startApi();
    const task = await startRunningTask(api);
    await task.say(2);
    await task.end();
    expect((await api.post(`/api/tasks/${task.taskId}/retry`)).status).toBe(200);
    const viewer = await watchEvents(api.url, task.taskId, { lastEventId: 3 });
    const [line] = await viewer.seen(1);
    expect(line).toMatchObject({ id: 4, data: { type: "task:reopened", data: { status: "failed", attempt: 1 } } });
    expect(viewer.hasEnded()).toBe(false);
  });

  test.each([["abc"], ["-1"], ["1.5"], ["9007199254740992"], ["99999999999999999999"]])(
    "with the id %j gets 400 with the form of an id",
    async (id) => {
      const api = await startApi();
      const task = await startRunningTask(api);
      const answer = await api.get(`/api/tasks/${task.taskId}/events`, { headers: { "last-event-id": id } });
      expect([answer.status, answer.json["detail"]]).toEqual([
        400,
        expect.stringMatching(/^Last-Event-ID: expected a whole/),
      ]);
      const query = await api.get(`/api/tasks/${task.taskId}/events?after=${id}`);
      expect([query.status, query.json["detail"]]).toEqual([400, expect.stringMatching(/^after: expected a whole/)]);
    },
  );

  test("may name any line up to the last one there can be", async () => {
    const api = await startApi();
    const task = await startRunningTask(api);
    await task.end();
    const last = String(Number.MAX_SAFE_INTEGER);
    const answer = await api.get(`/api/tasks/${task.taskId}/events`, { headers: { "last-event-id": last } });
    expect(answer.status).toBe(204);
    expect((await api.get(`/api/tasks/${task.taskId}/events?after=${last}`)).status).toBe(204);
  });

  test("with an empty id goes on as if it had none", async () => {
    const api = await startApi();
    const task = await startRunningTask(api);
    await task.say(2);
    await task.end();
    const headers = { "last-event-id": "" };
    const all = await api.get(`/api/tasks/${task.taskId}/events`, { headers });
    expect(all.text.match(/^id: .*$/gm)).toEqual(["id: 1", "id: 2", "id: 3"]);
    const later = await api.get(`/api/tasks/${task.taskId}/events?after=2`, { headers });
    expect(later.text.match(/^id: .*$/gm)).toEqual(["id: 3"]);
  });

  test("for an unknown task gets 404, and HEAD opens no stream", async () => {
    const api = await startApi({ api: { maxStreams: 1 } });
    expect((await api.get("/api/tasks/nobody/events")).json["code"]).toBe("TASK_UNKNOWN");
    const task = await startRunningTask(api);
    for (let times = 0; times < 3; times += 1) {
      const head = await api.call("HEAD", `/api/tasks/${task.taskId}/events`);
      expect([head.status, head.headers.get("content-type")]).toEqual([200, "text/event-stream; charset=utf-8"]);
    }
  });
});
