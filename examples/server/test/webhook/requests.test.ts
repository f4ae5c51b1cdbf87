import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectProblem } from "../fixtures/expect-problem.js";
import { commentPayload } from "../fixtures/github-payloads.js";
import { exchange, type HeaderLine, parseAnswer, sendBytes } from "../fixtures/raw-exchange.js";
import { streamBody } from "../fixtures/stream-body.js";
import { startTestServer, type TestServer } from "../fixtures/test-server.js";

const limit = 25 * 1024 * 1024;
const json: HeaderLine = ["Content-Type", "application/json"];

describe("a request that is not a delivery", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(async () => {
    expect(await server.stored()).toEqual([]);
    expect((await fetch(`${server.url}/livez`)).status).toBe(200);
    await server.stop();
  });

  test.each(["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"])(
    "by %s gets 405 with what is allowed",
    async (method) => {
      const answer = await exchange(server.port, `${method} /webhooks/github`, [json]);
      expect([answer.status, answer.headers.get("allow")]).toEqual([405, "POST"]);
      if (method !== "HEAD") expect(JSON.parse(answer.body)).toMatchObject({ code: "METHOD_NOT_ALLOWED" });
    },
  );

  test.each([
    "/webhooks/nobody",
    "/webhooks/__proto__",
    "/webhooks/GitHub",
    "/WEBHOOKS/github",
    "/webhooks",
    "/webhooks/",
    "/webhooks/github/",
    "/webhooks/github/1/2",
    "//webhooks/github",
    "/webhooks//github",
    "/x/../webhooks/github",
    "/x/%2e%2e/webhooks/github",
    "/webhooks\\github",
    "/webhooks%2fgithub",
    "/",
  ])("to %s gets 404", async (path) => {
    const answer = await exchange(server.port, `POST ${path}`, [json], "{}");
    expect([answer.status, answer.headers.get("content-type")]).toEqual([404, "application/problem+json"]);
  });

  test.each([
    [undefined],
    ["text/plain"],
    ["application/xml"],
    ["application/json; charset=utf-16"],
    ["multipart/form-data"],
    ["application/jsonx"],
  ])("of media type %s gets 415 with the fix", async (type) => {
    const answer = await exchange(server.port, "POST /webhooks/github", type ? [["Content-Type", type]] : [], "{}");
    expect(answer.status).toBe(415);
    expect(JSON.parse(answer.body)).toMatchObject({
      code: "UNSUPPORTED_MEDIA_TYPE",
      detail: expect.stringContaining("application/json"),
    });
  });

  test("that is compressed gets 415, however small", async () => {
    const answer = await exchange(server.port, "POST /webhooks/github", [json, ["Content-Encoding", "gzip"]], "{}");
    expect(answer.status).toBe(415);
  });

  test.each([
    ["without a host", "POST /webhooks/github HTTP/1.1\r\nConnection: close\r\n\r\n"],
    [
      "with two lengths",
      "POST /webhooks/github HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    ],
    [
      "with a length and chunks",
      "POST /webhooks/github HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
    ["that is no HTTP", "hello\r\n\r\n"],
  ])("%s gets 400 and its connection ends", async (_what, text) => {
    expectProblem(parseAnswer(await sendBytes(server.port, text)), 400, "REQUEST_INVALID");
  });

  test("with an expectation that cannot be met gets 417", async () => {
    const answer = await exchange(server.port, "POST /webhooks/github", [json, ["Expect", "miracles"]], "{}");
    expectProblem(answer, 417, "EXPECTATION_FAILED");
  });

  test("with headers beyond all measure gets 431", async () => {
    const answer = await exchange(server.port, "POST /webhooks/github", [json, ["X-Long", "x".repeat(20_000)]]);
    expectProblem(answer, 431, "HEADERS_TOO_LARGE");
  });

  test("that declares too large a length is refused before it sends a byte", async () => {
    const head = `POST /webhooks/github HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n`;
    const text = await sendBytes(server.port, `${head}Content-Length: ${limit + 1}\r\n\r\n`);
    expect(parseAnswer(text).status).toBe(413);
    expect(text).not.toContain("100 Continue");
  });

  test("that is a byte too large gets its 413, whether it declares its length or not", async () => {
    const headers = { "content-type": "application/json" };
    const declared = await fetch(`${server.url}/webhooks/github`, {
      method: "POST",
      headers,
      body: Buffer.alloc(limit + 1),
    });
    expect([declared.status, await declared.json()]).toMatchObject([413, { code: "BODY_TOO_LARGE" }]);
    const chunked = await streamBody(server.url, limit + 1);
    expect([chunked.status, JSON.parse(chunked.body)]).toMatchObject([413, { code: "BODY_TOO_LARGE" }]);
  });
});

test("a signed delivery of exactly 25 MB is served", async () => {
  const server = await startTestServer();
  try {
    const shortest = JSON.stringify(commentPayload("@agentbot fix it", {}, { padding: "" }));
    const body = shortest.replace('"padding":""', `"padding":"${"x".repeat(limit - shortest.length)}"`);
    expect(Buffer.byteLength(body)).toBe(limit);
    const { status, body: verdict } = await server.deliver("issue_comment", body);
    expect([status, verdict["status"]]).toEqual([200, "accepted"]);
    const chunked = await streamBody(server.url, limit, { body, secret: server.webhookSecret });
    expect([chunked.status, JSON.parse(chunked.body)]).toMatchObject([200, { status: "duplicate" }]);
  } finally {
    await server.stop();
  }
});
