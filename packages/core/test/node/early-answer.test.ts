import { once } from "node:events";
import { afterEach, describe, expect, test } from "vitest";
import { type NodeHandlerOptions, toNodeHandler } from "../../src/node/index.js";
import { type RunningServer, startServer } from "./fixtures/node-server.js";
import { connectRaw, type RawClient } from "./fixtures/raw-client.js";

let running: RunningServer | null = null;
afterEach(async () => running?.close());

const tooLarge = 25 * 1024 * 1024 + 1;

async function refuse(options: NodeHandlerOptions = {}): Promise<RunningServer> {
  const fetch = async (): Promise<Response> => Response.json({ code: "BODY_TOO_LARGE" }, { status: 413 });
  running = await startServer(toNodeHandler({ fetch }, options));
  return running;
}

/** Writes `pieces` bodies of 1 MiB as fast as the server takes them; false when the connection ended first. */
async function pour(
  client: RawClient,
  pieces: number,
  encode: (piece: Buffer) => Buffer = (piece) => piece,
): Promise<boolean> {
  const bytes = encode(Buffer.alloc(1024 * 1024, "x"));
  const closed = client.closed().then(() => "closed");
  for (let piece = 0; piece < pieces; piece += 1) {
    if (client.socket.destroyed) return false;
    if (client.socket.write(bytes)) continue;
    const drained = once(client.socket, "drain").catch(() => "closed");
    if ((await Promise.race([drained, closed])) === "closed") return false;
  }
  return true;
}

const chunk = (piece: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from("\r\n")]);

function expectWholeAnswer(answer: string): void {
  expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  expect(answer).toMatch(/connection: close/i);
  expect(answer).toMatch(/\r\n\r\n\{"code":"BODY_TOO_LARGE"\}$/);
}

describe("a gateway that answers before the body was read", () => {
  test("reaches fetch, which is still sending a declared body", async () => {
    const { url } = await refuse();
    const response = await fetch(url, { method: "POST", body: Buffer.alloc(tooLarge) });
    expect(response.status).toBe(413);
    expect(await response.json()).toEqual({ code: "BODY_TOO_LARGE" });
  });

  test("reaches a client that reads only after it has sent its whole declared body", async () => {
    const { port } = await refuse();
    const client = await connectRaw(port);
    client.socket.pause();
    client.socket.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${tooLarge}\r\n\r\n`);
    expect(await pour(client, 25)).toBe(true);
    client.socket.write("x");
    client.socket.resume();
    expectWholeAnswer(await client.closed());
  });

  test("reaches a client that sends its body in chunks", async () => {
    const { port } = await refuse();
    const client = await connectRaw(port);
    client.socket.write("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    expect(await pour(client, 26, chunk)).toBe(true);
    client.socket.write("0\r\n\r\n");
    expectWholeAnswer(await client.closed());
  });

  test("reaches a client that never stops sending, and then closes the connection", async () => {
    const { port } = await refuse({ discardMaxBytes: 8 * 1024 * 1024 });
    const client = await connectRaw(port);
    client.socket.write("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    expect(await pour(client, 100_000, chunk)).toBe(false);
    expectWholeAnswer(client.received());
  });

  test("closes the connection of a client that sends nothing more, after the time for it", async () => {
    const { port } = await refuse({ discardTimeoutMs: 50 });
    const client = await connectRaw(port);
    client.socket.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345");
    expectWholeAnswer(await client.closed());
  });

  test("has answered in full before the rest of the body came", async () => {
    const { port } = await refuse();
    const client = await connectRaw(port);
    client.socket.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345");
    expectWholeAnswer(await client.until("BODY_TOO_LARGE"));
    client.socket.write("67890");
    await client.closed();
  });

  test("holds none of what it discards", async () => {
    const { port } = await refuse({ discardMaxBytes: 1024 * 1024 * 1024 });
    const client = await connectRaw(port);
    const before = process.memoryUsage().arrayBuffers;
    let peak = 0;
    const sampler = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().arrayBuffers - before);
    }, 5);
    client.socket.write("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    await pour(client, 500, chunk);
    client.socket.write("0\r\n\r\n");
    expectWholeAnswer(await client.closed());
    clearInterval(sampler);
    expect(peak).toBeLessThan(200 * 1024 * 1024);
  });

  test("discards what is left when the gateway gave up half-way through the body", async () => {
    running = await startServer(
      toNodeHandler({
        fetch: async (request) => {
          const reader = request.body?.getReader();
          await reader?.read();
          await reader?.cancel();
          return Response.json({ code: "BODY_TOO_LARGE" }, { status: 413 });
        },
      }),
    );
    const response = await fetch(running.url, { method: "POST", body: Buffer.alloc(tooLarge) });
    expect(await response.json()).toEqual({ code: "BODY_TOO_LARGE" });
  });

  test("keeps the connection when the unread body was small and is there already", async () => {
    const { port } = await refuse();
    const client = await connectRaw(port);
    const post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}";
    client.socket.write(post);
    await client.until("BODY_TOO_LARGE");
    client.socket.write(post);
    await client.until('BODY_TOO_LARGE"}HTTP/1.1 413');
    client.socket.destroy();
  });
});

describe("a client that asks before it sends (Expect: 100-continue)", () => {
  const head = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";

  test("gets the refusal instead of the go-ahead", async () => {
    const { server, port } = await refuse();
    const fetch = async (): Promise<Response> => Response.json({ code: "BODY_TOO_LARGE" }, { status: 413 });
    server.on("checkContinue", toNodeHandler({ fetch }, { isCheckContinue: true }));
    const client = await connectRaw(port);
    client.socket.write(head);
    expectWholeAnswer(await client.closed());
  });

  test("gets the go-ahead once, when the gateway reads the body", async () => {
    const { server, port } = await refuse();
    const fetch = async (request: Request): Promise<Response> => new Response(`got ${await request.text()}`);
    server.on("checkContinue", toNodeHandler({ fetch }, { isCheckContinue: true }));
    const client = await connectRaw(port);
    client.socket.write(head);
    await client.until("100 Continue\r\n\r\n");
    client.socket.write("{}");
    expect((await client.until("got {}")).match(/100 Continue/g)).toHaveLength(1);
    client.socket.destroy();
  });
});
