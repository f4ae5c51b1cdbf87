import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import { afterEach, describe, expect, test } from "vitest";
import { type FetchHandler, toNodeHandler } from "../../src/node/index.js";
import { startGateway } from "../gateway/fixtures/start-gateway.js";
import { listenOn, type RunningServer, startServer } from "./fixtures/node-server.js";
import { exchange } from "./fixtures/raw-client.js";

let running: RunningServer | null = null;
afterEach(async () => running?.close());

const showUrl: FetchHandler = {
  fetch: async (request) => new Response(request.url.replace(/^https?:\/\/[^/]+/, "")),
};

async function get(path: string): Promise<readonly [number, string]> {
  const response = await fetch(`${running?.url}${path}`);
  return [response.status, await response.text()];
}

describe("a gateway below a path", () => {
  test("of Express's app.use or router sees what lies below it", async () => {
    const router = express.Router().use("/inner", toNodeHandler(showUrl));
    running = await startServer(express().use("/bot", toNodeHandler(showUrl)).use("/outer", router));
    expect(await get("/bot/webhooks/github?a=1")).toEqual([200, "/webhooks/github?a=1"]);
    expect(await get("/bot")).toEqual([200, "/"]);
    expect(await get("/bot?a=1")).toEqual([200, "/?a=1"]);
    expect(await get("/outer/inner/health")).toEqual([200, "/health"]);
    expect((await get("/botany/health"))[0]).toBe(404);
  });

  test("of Hono's mount sees what lies below it", async () => {
    const app = new Hono().mount("/bot", (request) => showUrl.fetch(request));
    const response = await app.request("/bot/webhooks/github?a=1");
    expect(await response.text()).toBe("/webhooks/github?a=1");
  });

  test("of Fastify's prefix sees all of it, which is the gateway's mountPath", async () => {
    const { gateway } = startGateway({ mountPath: "/bot" });
    const handler = toNodeHandler(gateway);
    const app = fastify();
    app.all("/*", (request, reply) => {
      reply.hijack();
      return handler(request.raw, reply.raw);
    });
    await app.ready();
    running = await listenOn(app.server);
    expect((await get("/bot/livez?a=1"))[0]).toBe(200);
    for (const path of ["/bot", "/bot?a=1", "/botany/livez", "/livez", "/"]) expect((await get(path))[0]).toBe(404);
  });

  test("does not become another path by a slash or a dot too many", async () => {
    running = await startServer(toNodeHandler(startGateway({ mountPath: "/bot" }).gateway));
    for (const path of ["/bot//evil.example/livez", "/bot/../livez", "/bot/./livez", "//bot/livez"]) {
      const answer = await exchange(running.port, `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
      expect([path, answer.split(" ", 2)[1]]).toEqual([path, "404"]);
    }
  });

  test.each(["bot", "/bot/", "/b?t", "/"])("called %s is refused at once", (mountPath) => {
    expect(() => startGateway({ mountPath })).toThrow(/mountPath: must be a path without a slash at its end/);
  });
});
