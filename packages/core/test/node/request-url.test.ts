import { createServer } from "node:http";
import { afterEach, describe, expect, test } from "vitest";
import { toNodeHandler } from "../../src/node/index.js";
import { listenOn, type RunningServer, startServer } from "./fixtures/node-server.js";
import { exchange } from "./fixtures/raw-client.js";

let running: RunningServer | null = null;
afterEach(async () => running?.close());

async function send(target: string, hostLines = "Host: bot.example:8080\r\n", version = "1.1"): Promise<string> {
  running = await startServer(toNodeHandler({ fetch: async (request) => new Response(request.url) }));
  return exchange(running.port, `GET ${target} HTTP/${version}\r\n${hostLines}Connection: close\r\n\r\n`);
}

describe("the URL of a request", () => {
  test.each([
    ["/webhooks/example?x=%2e%2e/..", "http://bot.example:8080/webhooks/example?x=%2e%2e/.."],
    ["/a%20b/%00", "http://bot.example:8080/a%20b/%00"],
    ["/..a/.b./", "http://bot.example:8080/..a/.b./"],
    ["http://other.example/path?x", "http://other.example/path?x"],
    ["http://other.example?x", "http://other.example/?x"],
  ])("of target %s is %s", async (target, url) => {
    expect((await send(target)).split("\r\n\r\n")[1]).toBe(url);
  });

  test("keeps an IPv6 host", async () => {
    expect(await send("/", "Host: [::1]:8080\r\n")).toMatch(/http:\/\/\[::1\]:8080\/$/);
  });

  test.each([
    "//evil.example/webhooks",
    "/\\evil.example",
    "/webhooks/../health",
    "/webhooks/%2e%2E/health",
    "/webhooks/.%2e",
    "/./health",
    "/health#fragment",
    "*",
    "ftp://bot.example/",
  ])("of target %s is unknown: 404", async (target) => {
    expect(await send(target)).toMatch(/^HTTP\/1\.1 404 /);
  });

  test.each([
    ["two hosts", "Host: a\r\nHost: b\r\n"],
    ["a host with a path", "Host: a/b\r\n"],
    ["a host with user information", "Host: user@a\r\n"],
    ["a host with a space", "Host: a b\r\n"],
    ["a port that is none", "Host: a:99999\r\n"],
    ["an empty host", "Host:\r\n"],
  ])("of a request with %s is refused with 400", async (_, hostLines) => {
    const answer = await send("/health", hostLines);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('"code":"REQUEST_INVALID"');
  });

  test.each(["http://user:password@bot.example/", "http:///path"])(
    "in absolute form as %s is refused with 400",
    async (target) => {
      expect(await send(target)).toMatch(/^HTTP\/1\.1 400 /);
    },
  );

  test("of HTTP/1.1 without a host is refused with 400 where Node lets it through", async () => {
    const handler = toNodeHandler({ fetch: async (request) => new Response(request.url) });
    running = await listenOn(createServer({ requireHostHeader: false }, handler));
    for (const target of ["/health", "http://bot.example/health"]) {
      const answer = await exchange(running.port, `GET ${target} HTTP/1.1\r\nConnection: close\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
      expect(answer).toContain('"code":"REQUEST_INVALID"');
    }
  });

  test("is not asked for by methods the web standard refuses", async () => {
    running = await startServer(toNodeHandler({ fetch: async () => new Response("reached") }));
    const answer = await exchange(running.port, "TRACE / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    expect(answer).toMatch(/^HTTP\/1\.1 501 /);
  });
});
