import { once } from "node:events";
import { createServer } from "node:http";
import { afterEach, describe, expect, test } from "vitest";
import type { BodyLimits, BodyResult, IncomingRequest } from "../../src/http/incoming-request.js";
import { OutgoingResponse } from "../../src/http/outgoing-response.js";
import { toNodeHandler } from "../../src/node/index.js";
import { listenOn, type RunningServer, startServer } from "./fixtures/node-server.js";
import { connectRaw, exchange } from "./fixtures/raw-client.js";

let running: RunningServer | null = null;
afterEach(async () => running?.close());

const generous: BodyLimits = { maxBytes: 1_000_000, timeoutMs: 240_000 };
const text = (body: string): OutgoingResponse => new OutgoingResponse(200, {}, body);
const describeBody = (result: BodyResult): string =>
  result.status === "read" ? Buffer.from(result.body).toString("latin1") : result.status;

/** A gateway that needs no `Request`, and answers 500 to one. */
function gatewayOf(answer: (request: IncomingRequest) => Promise<OutgoingResponse>) {
  return {
    fetch: async () => new Response("a Request was made", { status: 500 }),
    answer: (request: IncomingRequest) => answer(request),
  };
}

async function serve(answer: (request: IncomingRequest) => Promise<OutgoingResponse>): Promise<RunningServer> {
  running = await startServer(toNodeHandler(gatewayOf(answer)));
  return running;
}

/** Serves what was read of each body. */
const serveBody = (limits: BodyLimits = generous) =>
  serve(async ({ body }) => text(describeBody(await body.read(limits))));

describe("a gateway that wants no Request gets its parts", () => {
  test("with method, absolute URL, headers and body", async () => {
    const { url } = await serve(async ({ method, url: asked, headers, body }) => {
      const parts = [method, asked, headers.get("x-github-event"), describeBody(await body.read(generous))];
      return text(JSON.stringify(parts));
    });
    const asked = { method: "POST", headers: { "X-GitHub-Event": "issues" }, body: "{}" };
    expect(await (await fetch(`${url}/webhooks/a?b=1`, asked)).json()).toEqual([
      "POST",
      `${url}/webhooks/a?b=1`,
      "issues",
      "{}",
    ]);
  });

  test("with every byte of a body that comes in pieces", async () => {
    const { port } = await serveBody();
    const client = await connectRaw(port);
    client.socket.write("POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (const piece of ["one ", "two ", "three"]) {
      client.socket.write(`${piece.length.toString(16)}\r\n${piece}\r\n`, "latin1");
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    client.socket.write("0\r\n\r\n");
    expect(await client.closed()).toMatch(/one two three$/);
  });

  test("with an empty body where there is none", async () => {
    const { url } = await serveBody();
    expect(await (await fetch(url)).text()).toBe("");
    expect(await (await fetch(url, { method: "POST" })).text()).toBe("");
  });

  test("with the bytes that a parser kept", async () => {
    const handler = toNodeHandler(gatewayOf(async ({ body }) => text(describeBody(await body.read(generous)))));
    running = await listenOn(
      createServer((request, response) => {
        request.resume();
        void handler(Object.assign(request, { rawBody: "kept" }), response);
      }),
    );
    expect(await (await fetch(running.url, { method: "POST", body: "sent" })).text()).toBe("kept");
  });
});

describe("a body that is read without a stream", () => {
  test.each([
    ["that says it is too large", "Content-Length: 11\r\n\r\n12345678901"],
    ["that turns out to be too large", "Transfer-Encoding: chunked\r\n\r\nb\r\n12345678901\r\n0\r\n\r\n"],
  ])("%s is given up", async (_, rest) => {
    const { port } = await serveBody({ maxBytes: 10, timeoutMs: 240_000 });
    expect(await exchange(port, `POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${rest}`)).toMatch(/too-large$/);
  });

  test("that comes too slowly is given up", async () => {
    const { port } = await serveBody({ maxBytes: 10, timeoutMs: 30 });
    const client = await connectRaw(port);
    client.socket.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nonly");
    await client.until("timed-out");
    client.socket.destroy();
  });

  test("whose client leaves is broken", async () => {
    let settle: (result: BodyResult) => void = () => {};
    const result = new Promise<BodyResult>((resolve) => {
      settle = resolve;
    });
    const { port, server } = await serve(async ({ body }) => {
      settle(await body.read(generous));
      return text("");
    });
    const client = await connectRaw(port);
    client.socket.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nonly this");
    server.once("request", () => client.socket.destroy());
    expect(await result).toEqual({ status: "broken" });
  });
});

describe("the signal of such a request", () => {
  test("aborts when the client leaves, asked for before or after", async () => {
    let see: (request: IncomingRequest) => void = () => {};
    const seen = new Promise<IncomingRequest>((resolve) => {
      see = resolve;
    });
    const { port } = await serve(async (request) => {
      see(request);
      await once(request.signal, "abort");
      return text("");
    });
    const client = await connectRaw(port);
    client.socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    const request = await seen;
    expect(request.signal.aborted).toBe(false);
    client.socket.destroy();
    await once(request.signal, "abort");
    expect(request.signal.aborted).toBe(true);
  });

  test("asked for when the client has left is aborted", async () => {
    let see: (isAborted: boolean) => void = () => {};
    const seen = new Promise<boolean>((resolve) => {
      see = resolve;
    });
    let leave = (): void => {};
    running = await listenOn(
      createServer((request, response) => {
        const gateway = gatewayOf(async (incoming) => {
          const left = once(response, "close");
          leave();
          await left;
          see(incoming.signal.aborted);
          return text("");
        });
        void toNodeHandler(gateway)(request, response);
      }),
    );
    const client = await connectRaw(running.port);
    leave = () => client.socket.destroy();
    client.socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(await seen).toBe(true);
  });
});
