import { getEventListeners } from "node:events";
import { describe, expect, test } from "vitest";
import { AgentBotError } from "../../src/errors/agentbot-error.js";
import { createMemoryPubSub } from "../../src/memory/create-memory-pub-sub.js";
import { createMemoryStore } from "../../src/memory/create-memory-store.js";
import type { PubSub } from "../../src/ports/pub-sub.js";
import { eventually } from "../../src/testing/eventually.js";
import { token } from "./fixtures/admin-token.js";
import { startRunningTask } from "./fixtures/running-task.js";
import { startApi } from "./fixtures/start-api.js";
import { watchEvents } from "./fixtures/watch-events.js";

/** Wake-ups that know how many listen. */
function countedPubSub(): PubSub & { readonly count: () => number } {
  const pubSub = createMemoryPubSub();
  let count = 0;
  return {
    ...pubSub,
    count: () => count,
    subscribe(channel, onMessage) {
      const unsubscribe = pubSub.subscribe(channel, onMessage);
      count += 1;
      return () => {
        count -= 1;
        unsubscribe();
      };
    },
  };
}

describe("an event stream", () => {
  test("whose viewer leaves lets go of everything", async () => {
    const pubSub = countedPubSub();
    const api = await startApi({ pubSub, api: { maxStreams: 1 } });
    const task = await startRunningTask(api);
    for (let times = 0; times < 5; times += 1) {
      const viewer = await eventually("a free place", async () => {
        const next = await watchEvents(api.url, task.taskId);
        return next.status === 200 ? next : null;
      });
      await task.say(1);
      await viewer.seen(1);
      expect(pubSub.count()).toBe(1);
      viewer.leave();
      await eventually("its listener to be gone", () => (pubSub.count() === 0 ? true : null));
    }
  });

  test("leaves no listener on the signal of a host that only aborts, nor of one that only cancels", async () => {
    const pubSub = countedPubSub();
    const api = await startApi({ pubSub, api: { maxStreams: 1 } });
    const task = await startRunningTask(api);
    const open = async (signal: AbortSignal) =>
      await api.gateway.fetch(
        new Request(`${api.url}/api/tasks/${task.taskId}/events`, {
          headers: { authorization: `Bearer ${token}` },
          signal,
        }),
      );
    const aborting = new AbortController();
    const aborted = await open(aborting.signal);
    const reader = aborted.body?.getReader();
    await reader?.read();
    const waiting = reader?.read();
    aborting.abort();
    expect((await waiting)?.done).toBe(true);
    expect(pubSub.count()).toBe(0);

    const cancelling = new AbortController();
    const request = new Request(`${api.url}/api/tasks/${task.taskId}/events`, {
      headers: { authorization: `Bearer ${token}` },
      signal: cancelling.signal,
    });
    const cancelled = await api.gateway.fetch(request);
    expect(pubSub.count()).toBe(1);
    await cancelled.body?.cancel();
    expect(pubSub.count()).toBe(0);
    expect(getEventListeners(request.signal, "abort")).toHaveLength(0);

    const gone = await open(AbortSignal.abort());
    expect((await gone.body?.getReader().read())?.done).toBe(true);
    expect(pubSub.count()).toBe(0);
  });

  test("is not opened beyond the limit, and is again once a place is free", async () => {
    const api = await startApi({ api: { maxStreams: 2 } });
    const task = await startRunningTask(api);
    const viewers = [await watchEvents(api.url, task.taskId), await watchEvents(api.url, task.taskId)];
    const refused = await api.get(`/api/tasks/${task.taskId}/events`);
    expect([refused.status, refused.json["code"], refused.headers.get("retry-after")]).toEqual([
      ...[503, "STREAMS_EXHAUSTED", "5"],
    ]);
    viewers[0]?.leave();
    await eventually("a place to be free", async () => {
      const viewer = await watchEvents(api.url, task.taskId);
      return viewer.status === 200 ? viewer : null;
    });
  });

  test("reads no more from the store than a slow viewer takes", async () => {
    const store = createMemoryStore();
    let reads = 0;
    const read: typeof store.transcript.read = (taskId, range) => {
      reads += 1;
      return store.transcript.read(taskId, range);
    };
    const api = await startApi({ store: { ...store, transcript: { ...store.transcript, read } } });
    const task = await startRunningTask({ store });
    // Far more than any socket buffers: 40 MB in 40 batches.
    for (let batch = 0; batch < 40; batch += 1) await task.say(100, "x".repeat(10_000));
    const viewer = await watchEvents(api.url, task.taskId);
    viewer.response.pause();
    let last = -1;
    await eventually(
      "the server to wait for its viewer",
      () => {
        const isStill = reads === last && reads > 0;
        last = reads;
        return isStill ? true : null;
      },
      { everyMs: 300 },
    );
    expect(reads).toBeLessThan(30);
    viewer.response.resume();
    await viewer.seen(4000);
    expect(viewer.messages.map(({ id }) => id)).toEqual(Array.from({ length: 4000 }, (_, index) => index + 1));
  });

  test("goes on where it was after the store was away", async () => {
    const store = createMemoryStore();
    let isDown = false;
    const read: typeof store.transcript.read = async (taskId, range) => {
      if (isDown) throw new AgentBotError("STORE_UNAVAILABLE", "The store is away");
      return await store.transcript.read(taskId, range);
    };
    const api = await startApi({
      store: { ...store, transcript: { ...store.transcript, read } },
      api: { pollMs: 10, heartbeatMs: 30 },
    });
    const task = await startRunningTask({ store });
    await task.say(2);
    const viewer = await watchEvents(api.url, task.taskId);
    await viewer.seen(2);
    isDown = true;
    await task.say(2);
    const before = viewer.text().length;
    await eventually("a heartbeat in spite of it", () => (viewer.text().length > before ? true : null));
    expect(viewer.messages).toHaveLength(2);
    isDown = false;
    await viewer.seen(4);
    expect(viewer.messages.map(({ id }) => id)).toEqual([1, 2, 3, 4]);
  });

  test.each(["drain", "close"] as const)(
    "ends cleanly on the %s of its gateway, and the next one continues",
    async (how) => {
      const pubSub = countedPubSub();
      const api = await startApi({ pubSub });
      const task = await startRunningTask(api);
      await task.say(3);
      const viewer = await watchEvents(api.url, task.taskId);
      await viewer.seen(3);
      await api.gateway[how]();
      await viewer.ended();
      expect(viewer.response.complete).toBe(true);
      expect(pubSub.count()).toBe(0);
      const refused = await api.get(`/api/tasks/${task.taskId}/events`);
      expect([refused.status, refused.json["code"], refused.headers.get("retry-after")]).toEqual([
        503,
        "DRAINING",
        "1",
      ]);

      await task.say(2);
      const other = await startApi({ store: api.store, pubSub });
      const next = await watchEvents(other.url, task.taskId, { lastEventId: viewer.messages.at(-1)?.id ?? 0 });
      await next.seen(2);
      expect([...viewer.messages, ...next.messages].map(({ id }) => id)).toEqual([1, 2, 3, 4, 5]);
    },
  );
});
