import { afterEach, describe, expect, test } from "vitest";
import { AgentBotError } from "../../src/errors/agentbot-error.js";
import { createSilentLogger } from "../../src/logger/create-silent-logger.js";
import { type FetchHandler, type NodeHandlerOptions, toNodeHandler } from "../../src/node/index.js";
import { type RunningServer, startServer } from "./fixtures/node-server.js";
import { exchange } from "./fixtures/raw-client.js";

let running: RunningServer | null = null;
afterEach(async () => running?.close());

async function serve(fetch: FetchHandler["fetch"], options: NodeHandlerOptions = {}): Promise<RunningServer> {
  running = await startServer(toNodeHandler({ fetch }, options));
  return running;
}

describe("toNodeHandler turns a Node request into a web-standard one", () => {
  test("with its method, absolute URL, headers, body and the client's address", async () => {
    const { url, port } = await serve(async (request, context) =>
      Response.json({
        method: request.method,
        url: request.url,
        event: request.headers.get("x-github-event"),
        body: await request.text(),
        remoteAddress: context?.remoteAddress,
      }),
    );
    const response = await fetch(`${url}/webhooks/example?a=1`, {
      method: "POST",
      headers: { "X-GitHub-Event": "issues" },
      body: "é\u0000{}",
    });
    expect(await response.json()).toEqual({
      method: "POST",
      url: `http://127.0.0.1:${port}/webhooks/example?a=1`,
      event: "issues",
      body: "é\u0000{}",
      remoteAddress: "127.0.0.1",
    });
  });

  test("with every byte of a large chunked body", async () => {
    const { url } = await serve(async (request) => new Response(await request.arrayBuffer()));
    const bytes = Buffer.alloc(3_000_000, "0123456789");
    const stream = new ReadableStream({
      start(controller) {
        for (let at = 0; at < bytes.length; at += 70_000) controller.enqueue(bytes.subarray(at, at + 70_000));
        controller.close();
      },
    });
    const response = await fetch(url, { method: "POST", body: stream, duplex: "half" });
    expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true);
  });

  test("with a header that came twice joined into one value, so that neither hides behind the other", async () => {
    const { port } = await serve(async (request) => new Response(request.headers.get("x-hub-signature-256")));
    const answer = await exchange(
      port,
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Hub-Signature-256: good\r\nx-hub-signature-256: bad\r\n\r\n",
    );
    expect(answer).toMatch(/\r\n\r\ngood, bad$/);
  });

  test("with bytes above ASCII in a header untouched", async () => {
    const { port } = await serve(async (request) => new Response(String(request.headers.get("x-odd")?.charCodeAt(0))));
    expect(await exchange(port, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Odd: \xe9\r\n\r\n")).toMatch(
      /233$/,
    );
  });

  test("with localhost as its host when HTTP/1.0 names none", async () => {
    const { port } = await serve(async (request) => new Response(request.url));
    expect(await exchange(port, "GET /livez HTTP/1.0\r\n\r\n")).toMatch(/http:\/\/localhost\/livez$/);
  });
});

describe("toNodeHandler answers", () => {
  test("with status, headers and each cookie of the response", async () => {
    const { url } = await serve(async () => {
      const headers = new Headers({ location: "/next", "x-request-id": "abc" });
      headers.append("set-cookie", "a=1; Path=/");
      headers.append("set-cookie", "b=2; Path=/");
      return new Response(null, { status: 302, headers });
    });
    const response = await fetch(url, { redirect: "manual" });
    expect(response.status).toBe(302);
    expect(response.headers.get("location")).toBe("/next");
    expect(response.headers.getSetCookie()).toEqual(["a=1; Path=/", "b=2; Path=/"]);
  });

  test("a HEAD request without a body", async () => {
    const { port } = await serve(async () => new Response("body", { headers: { "x-kept": "yes" } }));
    const answer = await exchange(port, "HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    expect(answer).toContain("x-kept: yes");
    expect(answer.endsWith("\r\n\r\n")).toBe(true);
  });

  test("an ordinary answer with its length, and an empty one with none of a body", async () => {
    const { port } = await serve(async (request) =>
      request.url.endsWith("/empty") ? new Response(null, { status: 204 }) : Response.json({ status: "accepted" }),
    );
    const answer = await exchange(port, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    expect(answer).toContain("content-length: 21\r\n");
    const empty = await exchange(port, "GET /empty HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    expect(empty).toMatch(/^HTTP\/1.1 204 [\s\S]*\r\n\r\n$/);
    expect(empty).not.toMatch(/content-length|transfer-encoding/i);
  });

  test("an error that the gateway throws with one constant problem, and logs it", async () => {
    const logged: object[] = [];
    const logger = { ...createSilentLogger(), error: (facts: object) => void logged.push(facts) };
    const bug = new AgentBotError("STORE_UNAVAILABLE", "secret connection string");
    const { url } = await serve(async () => Promise.reject(bug), { logger });
    const response = await fetch(url);
    expect(response.status).toBe(500);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await response.json()).toEqual({
      type: "urn:agentbot:problem:INTERNAL_ERROR",
      title: "Internal error",
      status: 500,
      code: "INTERNAL_ERROR",
      detail: "The server failed to answer this request.",
    });
    expect(logged).toEqual([{ err: bug }]);
  });

  test("a body that breaks half-way by cutting the connection, so that no client takes the half for the whole", async () => {
    const { url } = await serve(async () => {
      let chunks = 0;
      return new Response(
        new ReadableStream({
          async pull(controller) {
            await new Promise((resolve) => setTimeout(resolve, 5));
            chunks += 1;
            if (chunks < 3) controller.enqueue(new TextEncoder().encode("half"));
            else controller.error(new Error("broken"));
          },
        }),
      );
    });
    const response = await fetch(url);
    await expect(response.text()).rejects.toThrow();
  });

  test("several requests of one connection in turn", async () => {
    const { port } = await serve(async (request) => new Response(await request.text()));
    const post = (body: string, more = ""): string =>
      `POST / HTTP/1.1\r\nHost: a\r\n${more}Content-Length: ${body.length}\r\n\r\n${body}`;
    const answer = await exchange(port, post("first") + post("second") + post("third", "Connection: close\r\n"));
    expect(answer.match(/first|second|third/g)).toEqual(["first", "second", "third"]);
  });

  test("an option that is wrong with CONFIGURATION_INVALID at once", () => {
    expect(() => toNodeHandler({ fetch: async () => new Response() }, { discardMaxBytes: -1 })).toThrow(
      /toNodeHandler: discardMaxBytes/,
    );
  });
});
