import { once } from "node:events";
import { type ClientHttp2Session, connect, createServer, type IncomingHttpHeaders } from "node:http2";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { type FetchHandler, toNodeHandler } from "../../src/node/index.js";

let session: ClientHttp2Session | null = null;
let close: () => void = () => {};
afterEach(() => {
  session?.destroy();
  close();
});

async function serve(fetch: FetchHandler["fetch"]): Promise<ClientHttp2Session> {
  const server = createServer(toNodeHandler({ fetch }));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  close = () => server.close();
  session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return session;
}

async function send(
  client: ClientHttp2Session,
  headers: Record<string, string>,
  body: Uint8Array | null,
): Promise<{ readonly headers: IncomingHttpHeaders; readonly body: Buffer }> {
  const stream = client.request(headers, { endStream: body === null });
  if (body !== null) stream.end(body);
  const [answer] = (await once(stream, "response")) as [IncomingHttpHeaders];
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return { headers: answer, body: Buffer.concat(chunks) };
}

describe("a gateway behind HTTP/2", () => {
  test("gets a body that declares no length byte for byte", async () => {
    const client = await serve(async (request) => new Response(await request.arrayBuffer()));
    const bytes = Buffer.alloc(300_000, Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)));
    const answer = await send(client, { ":method": "POST", ":path": "/" }, bytes);
    expect(answer.headers[":status"]).toBe(200);
    expect(answer.body.equals(bytes)).toBe(true);
  });

  test("gets the URL from the pseudo-headers, and sets each cookie", async () => {
    const client = await serve(async (request, context) => {
      const headers: [string, string][] = [
        ["set-cookie", "a=1"],
        ["set-cookie", "b=2"],
      ];
      return Response.json([request.method, request.url, context?.remoteAddress, [...request.headers.keys()]], {
        headers,
      });
    });
    const answer = await send(client, { ":path": "/health?a", ":authority": "bot.example" }, null);
    expect(JSON.parse(answer.body.toString())).toEqual(["GET", "http://bot.example/health?a", "127.0.0.1", []]);
    expect(answer.headers["set-cookie"]).toEqual(["a=1", "b=2"]);
  });

  test("answers before the body was read", async () => {
    const client = await serve(async () => Response.json({ code: "BODY_TOO_LARGE" }, { status: 413 }));
    const answer = await send(client, { ":method": "POST", ":path": "/" }, Buffer.alloc(1_000_000));
    expect([answer.headers[":status"], answer.headers.connection]).toEqual([413, undefined]);
    expect(JSON.parse(answer.body.toString())).toEqual({ code: "BODY_TOO_LARGE" });
  });

  test("streams a response, and is notified that the client disconnected", async () => {
    let hear: () => void = () => {};
    const aborted = new Promise<void>((resolve) => {
      hear = resolve;
    });
    const client = await serve(async ({ signal }) => {
      signal.addEventListener("abort", () => hear(), { once: true });
      const first = new TextEncoder().encode("data: one\n\n");
      return new Response(new ReadableStream({ start: (controller) => controller.enqueue(first) }));
    });
    const stream = client.request({ ":path": "/events" });
    expect(String((await once(stream, "data"))[0])).toBe("data: one\n\n");
    stream.close();
    await aborted;
  });
});
