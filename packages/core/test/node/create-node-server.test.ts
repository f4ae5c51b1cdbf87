import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { createNodeServer } from "../../src/node/create-node-server.js";
import { rejectsWithCode } from "../../src/testing/rejects-with-code.js";
import { listenOn } from "./fixtures/node-server.js";

const gateway = {
  fetch: async (request: Request) => new Response(`${request.method} ${new URL(request.url).pathname}`),
};

async function serve() {
  const running = await listenOn(createNodeServer(gateway));
  onTestFinished(() => running.close());
  return running;
}

/** Sends these bytes and returns all that is answered until the server ends the connection. */
async function exchange(port: number, bytes: string): Promise<string> {
  const socket = connect({ port, host: "127.0.0.1" });
  await once(socket, "connect");
  socket.write(bytes);
  return await text(socket);
}

test("a connection stays open for longer than the 60 seconds of a proxy", async () => {
  const response = await fetch(`${(await serve()).url}/a`);
  expect([await response.text(), response.headers.get("keep-alive")]).toEqual(["GET /a", "timeout=75"]);
});

test("malformed bytes are answered as every other error is", async () => {
  const { port } = await serve();
  expect(await exchange(port, "POST webhooks\r\n\r\n")).toMatch(
    /^HTTP\/1\.1 400 .*application\/problem\+json.*x-request-id/is,
  );
});

test("a client that asks before it sends its body is answered without the body", async () => {
  const { port } = await serve();
  const head =
    "POST /b HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 1000000\r\n\r\n";
  expect(await exchange(port, head)).toMatch(/^HTTP\/1\.1 200 /);
});

test("a misspelt option is refused", async () => {
  const options = { loger: null } as object;
  await rejectsWithCode(
    Promise.resolve().then(() => createNodeServer(gateway, options)),
    "CONFIGURATION_INVALID",
  );
});
