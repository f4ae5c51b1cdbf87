import { once } from "node:events";
import { afterEach, describe, expect, test } from "vitest";
import { toNodeHandler } from "../../src/node/index.js";
import { type RunningServer, startServer } from "./fixtures/node-server.js";
import { connectRaw } from "./fixtures/raw-client.js";

let running: RunningServer | null = null;
afterEach(async () => running?.close());

const get = "GET /events HTTP/1.1\r\nHost: a\r\n\r\n";
const encoder = new TextEncoder();

describe("a streamed answer", () => {
  test("arrives event by event while it is being made, its head before the first event", async () => {
    let send: (text: string) => void = () => {};
    const body = new ReadableStream({
      start: (controller) => {
        send = (text) => controller.enqueue(encoder.encode(text));
      },
    });
    const headers = { "content-type": "text/event-stream" };
    running = await startServer(toNodeHandler({ fetch: async () => new Response(body, { headers }) }));
    const client = await connectRaw(running.port);
    client.socket.write(get);
    await client.until("content-type: text/event-stream");
    expect(client.received()).not.toContain("data:");
    send("data: one\n\n");
    await client.until("data: one");
    send("data: two\n\n");
    await client.until("data: two");
    client.socket.destroy();
  });

  test("is made no faster than the client reads it", async () => {
    let chunksMade = 0;
    const body = new ReadableStream({
      pull(controller) {
        chunksMade += 1;
        controller.enqueue(new Uint8Array(1024 * 1024));
        if (chunksMade === 400) controller.close();
      },
    });
    running = await startServer(toNodeHandler({ fetch: async () => new Response(body) }));
    const client = await connectRaw(running.port);
    client.socket.pause();
    client.socket.write(get);
    let before = -1;
    while (before !== chunksMade || chunksMade === 0) {
      before = chunksMade;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(chunksMade).toBeLessThan(50);
    client.socket.destroy();
  });

  test("ends, and its source is cancelled, when the client disconnects", async () => {
    let cancelled: () => void = () => {};
    const wasCancelled = new Promise<void>((resolve) => {
      cancelled = resolve;
    });
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(encoder.encode("data: one\n\n")),
      cancel: () => cancelled(),
    });
    running = await startServer(toNodeHandler({ fetch: async () => new Response(body) }));
    const client = await connectRaw(running.port);
    client.socket.write(get);
    await client.until("data: one");
    client.socket.destroy();
    await wasCancelled;
  });
});

describe("a client that disconnects", () => {
  test("aborts the request's signal while the gateway works", async () => {
    let started: (signal: AbortSignal) => void = () => {};
    const gatewaySignal = new Promise<AbortSignal>((resolve) => {
      started = resolve;
    });
    running = await startServer(
      toNodeHandler({
        fetch: async ({ signal }) => {
          started(signal);
          await once(signal, "abort");
          return new Response("nobody reads this");
        },
      }),
    );
    const client = await connectRaw(running.port);
    client.socket.write(get);
    const signal = await gatewaySignal;
    expect(signal.aborted).toBe(false);
    client.socket.destroy();
    if (!signal.aborted) await once(signal, "abort");
  });

  test("fails the gateway's read of a body that will never be complete", async () => {
    let settle: (outcome: string) => void = () => {};
    const outcome = new Promise<string>((resolve) => {
      settle = resolve;
    });
    running = await startServer(
      toNodeHandler({
        fetch: async (request) => {
          await request.arrayBuffer().then(
            () => settle("read"),
            (error: Error) => settle(error.name),
          );
          return new Response();
        },
      }),
    );
    const client = await connectRaw(running.port);
    client.socket.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nonly this");
    running.server.once("request", () => client.socket.destroy());
    client.socket.end();
    expect(await outcome).toBe("AbortError");
  });
});
