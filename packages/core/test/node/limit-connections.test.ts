import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { createNodeServer, type NodeServerOptions } from "../../src/node/create-node-server.js";
import { eventually } from "../../src/testing/eventually.js";
import { listenOn } from "./fixtures/node-server.js";

async function serve(options: NodeServerOptions, fetch = async (_: Request) => new Response("here")) {
  const running = await listenOn(createNodeServer({ fetch }, options));
  onTestFinished(() => running.close());
  const hold = async (): Promise<Socket> => {
    const socket = connect({ host: "127.0.0.1", port: running.port });
    socket.on("error", () => {});
    await once(socket, "connect");
    return socket.resume();
  };
  return { url: running.url, hold };
}

test.each([{ maxConnections: 5 }, { maxConnectionsPerAddress: 5 }])(
  "connections that send nothing make room for a request: %j",
  async (options) => {
    const { url, hold } = await serve(options);
    const held = await Promise.all(Array.from({ length: 5 }, hold));
    const cut = held.map((socket) => once(socket, "close"));
    expect(await (await fetch(url)).text()).toBe("here");
    await Promise.race(cut);
    expect(held.filter(({ destroyed }) => destroyed).length).toBeLessThanOrEqual(2);
    for (const socket of held) socket.destroy();
  },
);

test("a trusted proxy is not limited as one client", async () => {
  const { url, hold } = await serve({ maxConnectionsPerAddress: 1, trustedProxies: ["loopback"] });
  const held = await Promise.all(Array.from({ length: 5 }, hold));
  expect((await fetch(url)).status).toBe(200);
  expect(held.every(({ destroyed }) => !destroyed)).toBe(true);
  for (const socket of held) socket.destroy();
});

test("a connection whose first request is answered is not idle while its second, sent with it, is answered", async () => {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const { url, hold } = await serve({ maxConnections: 1 }, async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/second") await opened;
    return new Response(`answer to ${pathname}`);
  });
  const socket = await hold();
  let answers = "";
  socket.on("data", (data) => {
    answers += String(data);
  });
  const head = "HTTP/1.1\r\nhost: localhost\r\n\r\n";
  socket.write(`GET /first ${head}GET /second ${head}`);
  await eventually("the first answer", () => answers.includes("answer to /first") || null);
  await expect(fetch(url)).rejects.toThrow();
  open();
  await eventually("the second answer", () => answers.includes("answer to /second") || null);
  socket.destroy();
});
