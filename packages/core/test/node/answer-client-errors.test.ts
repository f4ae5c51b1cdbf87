import { createServer, type ServerOptions } from "node:http";
import { afterEach, describe, expect, test } from "vitest";
import { createSilentLogger } from "../../src/logger/create-silent-logger.js";
import { answerClientErrors, type FetchHandler, toNodeHandler } from "../../src/node/index.js";
import { eventually } from "../../src/testing/eventually.js";
import { listenOn, type RunningServer } from "./fixtures/node-server.js";
import { connectRaw, exchange } from "./fixtures/raw-client.js";

let running: RunningServer | null = null;
const logged: object[] = [];
afterEach(async () => {
  await running?.close();
  logged.length = 0;
});

const answered: FetchHandler["fetch"] = async (request) => new Response(`read ${(await request.text()).length}`);

async function serve(options: ServerOptions = {}, fetch = answered): Promise<number> {
  const logger = { ...createSilentLogger(), debug: (facts: object) => void logged.push(facts) };
  const server = createServer({ requireHostHeader: false, ...options }, toNodeHandler({ fetch }));
  answerClientErrors(server, { logger });
  running = await listenOn(server);
  return running.port;
}

/** Checks that it is one whole problem with an id, after which the connection is closed, and gives the id. */
function expectProblem(answer: string, status: number, code: string): string {
  const [head = "", body = "", ...more] = answer.split("\r\n\r\n");
  expect(more).toEqual([]);
  expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [A-Z]`));
  expect(head).toMatch(/^content-type: application\/problem\+json$/im);
  expect(head).toMatch(/^cache-control: no-store$/im);
  expect(head).toMatch(/^connection: close$/im);
  expect(Number(/^content-length: (\d+)$/im.exec(head)?.[1])).toBe(body.length);
  expect(JSON.parse(body)).toMatchObject({ type: `urn:agentbot:problem:${code}`, status, code });
  const id = /^x-request-id: ([\w.-]{8,128})$/im.exec(head)?.[1];
  expect(id).toBeDefined();
  return id ?? "";
}

describe("bytes that are not a request are answered by a problem with an id:", () => {
  test.each([
    ["a line that is none", "hello\r\n\r\n"],
    ["two lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}"],
    ["a header without a name", "GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n"],
    ["no host", "GET / HTTP/1.1\r\nConnection: close\r\n\r\n"],
    ["a chunk that is none", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"],
  ])("%s", async (_, text) => {
    expectProblem(await exchange(await serve(), text), 400, "REQUEST_INVALID");
  });

  test("headers that are too large, however much more of them comes", async () => {
    const port = await serve();
    for (const bytes of [20_000, 2_000_000]) {
      const answer = await exchange(port, `GET / HTTP/1.1\r\nHost: a\r\nX-Long: ${"x".repeat(bytes)}\r\n\r\n`);
      expectProblem(answer, 431, "HEADERS_TOO_LARGE");
    }
  });

  test("headers that never end", async () => {
    const port = await serve({ headersTimeout: 50, connectionsCheckingInterval: 20 });
    expectProblem(await exchange(port, "GET / HTTP/1.1\r\nHost: a\r\n"), 408, "REQUEST_TIMED_OUT");
  });

  test("an expectation that cannot be met, with the id its sender gave", async () => {
    const text =
      "POST / HTTP/1.1\r\nHost: a\r\nExpect: miracles\r\nX-Request-Id: caller-id.1234\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}";
    expect(expectProblem(await exchange(await serve(), text), 417, "EXPECTATION_FAILED")).toBe("caller-id.1234");
  });
});

test("the log has the address and the answer, never the bytes that were sent", async () => {
  const id = expectProblem(await exchange(await serve(), "a-secret\r\n\r\n"), 400, "REQUEST_INVALID");
  expect(logged).toEqual([
    {
      requestId: id,
      remoteAddress: "127.0.0.1",
      status: 400,
      code: "REQUEST_INVALID",
      errorCode: expect.stringMatching(/^HPE_/),
    },
  ]);
});

test("a connection is still answered after a valid request, and gets the problem of an invalid one", async () => {
  const client = await connectRaw(await serve());
  client.socket.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}");
  const first = await client.until("read 2");
  client.socket.write("hello\r\n\r\n");
  expectProblem((await client.closed()).slice(first.length), 400, "REQUEST_INVALID");
});

test("what follows a request that is still being answered is never answered in its place", async () => {
  let answer = (): void => {};
  let isAsked = (): void => {};
  const asked = new Promise<void>((resolve) => {
    isAsked = resolve;
  });
  const port = await serve({}, async () => {
    isAsked();
    await new Promise<void>((resolve) => {
      answer = resolve;
    });
    return new Response("late");
  });
  const client = await connectRaw(port);
  client.socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await asked;
  client.socket.write("hello\r\n\r\n");
  expect(await client.closed()).toBe("");
  answer();
});

test("what breaks in the middle of an answer is cut", async () => {
  const port = await serve({}, async () => {
    const body = new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from("half")) });
    return new Response(body);
  });
  const client = await connectRaw(port);
  client.socket.write("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
  await client.until("half");
  client.socket.write("zz\r\n");
  expect(await client.closed()).not.toContain("REQUEST_INVALID");
});

test("after its answer no bytes are taken for a request, and a client that stays is disconnected", async () => {
  let requests = 0;
  const port = await serve({ headersTimeout: 50, connectionsCheckingInterval: 20 }, async () => {
    requests += 1;
    return new Response("read");
  });
  const client = await connectRaw(port);
  client.socket.allowHalfOpen = true;
  client.socket.write("GET / HTTP/1.1\r\nHost: a\r\n");
  await client.until("REQUEST_TIMED_OUT");
  client.socket.write("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await eventually("the connection to be gone", async () => {
    const count = await new Promise<number>((resolve) => running?.server.getConnections((_, open) => resolve(open)));
    return count === 0 ? true : null;
  });
  expectProblem(client.received(), 408, "REQUEST_TIMED_OUT");
  expect(requests).toBe(0);
  client.socket.destroy();
});

test("an option that is wrong is refused at once", () => {
  const server = createServer();
  expect(() => answerClientErrors(server, { logger: Object({}) })).toThrow(/answerClientErrors: logger/);
});
