import { once } from "node:events";
import { afterEach, describe, expect, test } from "vitest";
import type { FetchHandler } from "../../src/node/index.js";
import type { RunningServer } from "./fixtures/node-server.js";
import { connectRaw } from "./fixtures/raw-client.js";
import { webFrameworks } from "./fixtures/web-frameworks.js";

let running: RunningServer | null = null;
afterEach(async () => running?.close());

const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
const large = Buffer.concat(Array.from({ length: 12_000 }, () => everyByte));
const encoder = new TextEncoder();

describe.each(webFrameworks)("a gateway mounted in $name", ({ mount }) => {
  const serve = async (fetch: FetchHandler["fetch"]): Promise<RunningServer> => {
    running = await mount({ fetch });
    return running;
  };

  test.each([
    ["JSON that no parser would keep as it is", "application/json", Buffer.from('{"a" :\t1,"a":2, "é":"\\u0000"}\r\n')],
    ["JSON that is none", "application/json", everyByte],
    ["a form", "application/x-www-form-urlencoded", Buffer.from("payload=%7B%7D&payload=+")],
    ["text in another encoding", "text/plain; charset=latin1", everyByte],
    ["a type of nobody's", "x-unaborted/of", everyByte],
    ["3 MB", "application/json", large],
    ["nothing", "application/json", Buffer.alloc(0)],
  ])("gets %s byte for byte, and its answer arrives so", async (_, contentType, body) => {
    const { url } = await serve(async (request) => new Response(await request.arrayBuffer()));
    const response = await fetch(url, { method: "POST", headers: { "content-type": contentType }, body });
    expect(response.status).toBe(200);
    expect(Buffer.from(await response.arrayBuffer()).equals(body)).toBe(true);
  });

  test("gets the path, the query and the client's address, and sets each cookie", async () => {
    const { url } = await serve(async (request, context) => {
      const { pathname, search } = new URL(request.url);
      const headers: [string, string][] = [
        ["set-cookie", "a=1; Path=/"],
        ["set-cookie", "b=2; Path=/"],
      ];
      return Response.json([request.method, pathname, search, context?.remoteAddress], { status: 201, headers });
    });
    const response = await fetch(`${url}/webhooks/github/7?a=%20b`, { method: "PUT" });
    expect([response.status, await response.json()]).toEqual([
      201,
      ["PUT", "/webhooks/github/7", "?a=%20b", "127.0.0.1"],
    ]);
    expect(response.headers.getSetCookie()).toEqual(["a=1; Path=/", "b=2; Path=/"]);
  });

  test("streams an answer event by event", async () => {
    let send: (text: string) => void = () => {};
    const body = new ReadableStream({
      start: (controller) => {
        send = (text) => controller.enqueue(encoder.encode(text));
      },
    });
    const { url } = await serve(
      async () => new Response(body, { headers: { "content-type": "text/event-stream", "cache-control": "no-store" } }),
    );
    const stopped = new AbortController();
    // The head arrives although there is no event yet.
    const response = await fetch(`${url}/events`, { signal: stopped.signal });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    for (const event of ["data: one\n\n", "data: two\n\n"]) {
      send(event);
      expect((await reader?.read())?.value).toBe(event);
    }
    stopped.abort();
  });

  test("is notified by the request's signal that the client disconnected, once its stream has begun", async () => {
    let hear: () => void = () => {};
    const aborted = new Promise<void>((resolve) => {
      hear = resolve;
    });
    const { port } = await serve(async ({ signal }) => {
      signal.addEventListener("abort", () => hear(), { once: true });
      const body = new ReadableStream({ start: (controller) => controller.enqueue(encoder.encode("data: one\n\n")) });
      return new Response(body, { headers: { "content-type": "text/event-stream" } });
    });
    const client = await connectRaw(port);
    client.socket.write("GET /events HTTP/1.1\r\nHost: a\r\n\r\n");
    await client.until("data: one");
    client.socket.destroy();
    await aborted;
  });

  test("is notified while it still works on its response", async () => {
    let begin: (signal: AbortSignal) => void = () => {};
    const begun = new Promise<AbortSignal>((resolve) => {
      begin = resolve;
    });
    const { port } = await serve(async ({ signal }) => {
      begin(signal);
      if (!signal.aborted) await once(signal, "abort");
      return new Response("nobody reads this");
    });
    const client = await connectRaw(port);
    client.socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    const signal = await begun;
    client.socket.destroy();
    if (!signal.aborted) await once(signal, "abort");
  });
});
