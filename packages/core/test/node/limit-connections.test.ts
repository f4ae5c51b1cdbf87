import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { createNodeServer, type NodeServerOptions } from "../../src/node/create-node-server.js";
import { listenOn } from "./fixtures/node-server.js";

async function serve(options: NodeServerOptions) {
  const running = await listenOn(createNodeServer({ fetch: async () => new Response("here") }, options));
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
