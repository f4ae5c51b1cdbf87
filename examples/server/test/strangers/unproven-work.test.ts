import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { commentPayload } from "../fixtures/github-payloads.js";
import { parseAnswer } from "../fixtures/raw-exchange.js";
import { wellFormedSignature } from "../fixtures/stream-body.js";
import { startTestServer, type TestServer, type TestServerOptions } from "../fixtures/test-server.js";

let server: TestServer | null = null;
afterEach(() => server?.stop());
const start = async (options: TestServerOptions = {}): Promise<TestServer> => {
  server = await startTestServer(options);
  return server;
};

const head = (...lines: readonly string[]): string =>
  ["POST /webhooks/github HTTP/1.1", "Host: a", "Content-Type: application/json", ...lines, "", ""].join("\r\n");
const named = ["X-GitHub-Event: issues", "X-GitHub-Delivery: 0199c0de-0000-7000-8000-000000000001"];
const wronglySigned = [...named, `X-Hub-Signature-256: ${wellFormedSignature}`];

async function open(port: number, bytes: string | Uint8Array): Promise<Socket> {
  const socket = connect({ host: "127.0.0.1", port });
  socket.on("error", () => {});
  await once(socket, "connect");
  socket.write(bytes);
  return socket;
}

/** Returns the answer to these bytes, which leave the body unsent, or the rest of it. */
async function answerTo(port: number, bytes: string) {
  const socket = await open(port, bytes);
  let text = "";
  for await (const chunk of socket) {
    text += String(chunk);
    if (/\r\n\r\n.*\}/s.test(text)) break;
  }
  socket.destroy();
  return parseAnswer(text);
}

const signedStatus = async ({ deliver }: TestServer): Promise<number> =>
  (await deliver("issue_comment", commentPayload("@agentbot fix it"))).status;

describe("a webhook that cannot be genuine is refused before a byte of its body came:", () => {
  test.each([
    ["without a signature", named, 401],
    ["with a signature of another form", [...named, "X-Hub-Signature-256: sha1=00"], 401],
    ["without an event", [`X-Hub-Signature-256: ${wellFormedSignature}`], 400],
    ["with an event that is not one", ["X-GitHub-Event: ../x", `X-Hub-Signature-256: ${wellFormedSignature}`], 400],
    ["with an id that is not one", [...wronglySigned, "X-GitHub-Delivery: a b"], 400],
  ])("one %s", async (_, lines, status) => {
    const { port } = await start();
    for (const body of ["Content-Length: 1000000", "Transfer-Encoding: chunked"]) {
      const answer = await answerTo(port, head(...lines, body));
      expect([answer.status, answer.headers.get("connection")]).toEqual([status, "close"]);
    }
  });
});

describe("an address over its limit of failed verifications", () => {
  test("is refused unread, and a signed delivery from it still gets through", async () => {
    const started = await start();
    for (let tried = 0; tried <= 100; tried += 1) await answerTo(started.port, head(...named, "Content-Length: 9"));
    const limited = await answerTo(started.port, head(...named, "Content-Length: 1000000"));
    expect([limited.status, JSON.parse(limited.body)]).toMatchObject([429, { code: "TOO_MANY_FAILED_VERIFICATIONS" }]);
    expect(Number(limited.headers.get("retry-after"))).toBeGreaterThan(0);
    const held = await Promise.all(
      Array.from({ length: 40 }, () => open(started.port, `${head(...wronglySigned, "Content-Length: 30000")}{`)),
    );
    expect(await signedStatus(started)).toBe(200);
    for (const socket of held) socket.destroy();
  });

  test("is one line of the log a second, with the number of those left out", async () => {
    const started = await start();
    for (let tried = 0; tried < 300; tried += 1) await answerTo(started.port, head(...named, "Content-Length: 9"));
    await expect
      .poll(
        () => {
          const lines = started.logs().filter(({ msg }) => String(msg).startsWith("Delivery refused"));
          return lines.reduce((sum, { leftOut }) => sum + (typeof leftOut === "number" ? leftOut : 1), 0);
        },
        { timeout: 60_000 },
      )
      .toBe(300);
    const lines = started.logs().filter(({ msg }) => String(msg).startsWith("Delivery refused"));
    expect(lines.length).toBeLessThan(150);
  });
});

describe("beside bodies whose signature is wrong, signed webhooks of the same address are recorded:", () => {
  test("chunks of one byte, which are refused after a thousand", async () => {
    const started = await start();
    const bytes = `${head(...wronglySigned, "Transfer-Encoding: chunked")}${"1\r\nx\r\n".repeat(5000)}`;
    const answers = Promise.all(Array.from({ length: 8 }, () => answerTo(started.port, bytes)));
    expect(await signedStatus(started)).toBe(200);
    for (const { status, body } of await answers)
      expect([status, JSON.parse(body)]).toMatchObject([400, { code: "BODY_FRAGMENTED" }]);
  });

  test("bodies one byte short of 25 MB, of which one is received and the others are refused unread", async () => {
    const started = await start();
    const length = 25 * 1024 * 1024;
    const first = await open(started.port, head(...wronglySigned, `Content-Length: ${length}`));
    first.write(Buffer.alloc(length - 1, "x"));
    await expect.poll(() => first.writableLength, { timeout: 60_000 }).toBe(0);
    for (let index = 0; index < 20; index += 1) {
      const answer = await answerTo(started.port, head(...wronglySigned, `Content-Length: ${length}`));
      expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "5"]);
    }
    expect(await signedStatus(started)).toBe(200);
    first.destroy();
  });
});

test("behind a trusted proxy each client has its own limit", async () => {
  const { port } = await start({ variables: { TRUSTED_PROXIES: "loopback" } });
  const from = (address: string) =>
    answerTo(port, head(...named, `X-Forwarded-For: 198.51.100.1, ${address}`, "Content-Length: 9"));
  for (let tried = 0; tried <= 100; tried += 1) await from("2001:db8:1:2::1");
  expect((await from("2001:db8:1:2::ffff")).status).toBe(429);
  expect((await from("2001:db8:1:3::1")).status).toBe(401);
});
