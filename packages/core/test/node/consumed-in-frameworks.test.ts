import type { IncomingMessage } from "node:http";
import { getRequestListener, type HttpBindings } from "@hono/node-server";
import express, { type RequestHandler } from "express";
import fastify, { type FastifyInstance, type FastifyRequest } from "fastify";
import { Hono, type MiddlewareHandler } from "hono";
import { afterEach, describe, expect, test } from "vitest";
import { createGateway } from "../../src/gateway/create-gateway.js";
import { createMemoryQueue } from "../../src/memory/create-memory-queue.js";
import { createMemoryStore } from "../../src/memory/create-memory-store.js";
import { toNodeHandler } from "../../src/node/index.js";
import { createFakeProvider } from "../../src/testing/provider/create-fake-provider.js";
import { listenOn, type RunningServer, startServer } from "./fixtures/node-server.js";

let running: RunningServer | null = null;
afterEach(async () => running?.close());

const body = '{"a" :  1}';
const handler = toNodeHandler({ fetch: async (request) => new Response(`gateway read ${await request.text()}`) });

async function post(url: string, type = "application/json"): Promise<Response> {
  return fetch(url, { method: "POST", headers: { "content-type": type }, body });
}

async function expectConsumed(response: Response, fix: RegExp): Promise<void> {
  expect(response.status).toBe(500);
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  expect(await response.json()).toMatchObject({ code: "RAW_BODY_CONSUMED", detail: expect.stringMatching(fix) });
}

describe("Express", () => {
  const serve = async (...middleware: RequestHandler[]): Promise<string> => {
    running = await startServer(express().use(...middleware, handler));
    return running.url;
  };
  const keepBytes = (request: IncomingMessage & { rawBody?: unknown }, _response: unknown, bytes: Buffer): void => {
    request.rawBody = bytes;
  };

  test.each([
    ["json", express.json(), "application/json"],
    ["urlencoded", express.urlencoded(), "application/x-www-form-urlencoded"],
    ["text", express.text(), "text/plain"],
  ])("with express.%s() first is told the fix at once", async (_, parser, type) => {
    await expectConsumed(await post(await serve(parser), type), /In Express, call app\.use.*before.*verify:/);
  });

  test("with a parser for other media types first is served", async () => {
    expect(await (await post(await serve(express.json(), express.text()), "text/xml")).text()).toContain(body);
  });

  test("with the bytes kept by the parser's verify hook is served", async () => {
    expect(await (await post(await serve(express.json({ verify: keepBytes })))).text()).toBe(`gateway read ${body}`);
  });

  test("with express.raw() first is served", async () => {
    expect(await (await post(await serve(express.raw({ type: "*/*" })))).text()).toBe(`gateway read ${body}`);
  });

  test("with a body that waited, paused, during a lookup is served", async () => {
    const url = await serve((request, _response, next) => {
      request.pause();
      setTimeout(next, 20);
    });
    expect(await (await post(url)).text()).toBe(`gateway read ${body}`);
  });
});

describe("Fastify", () => {
  const serve = async (prepare: (app: FastifyInstance) => void): Promise<string> => {
    const app = fastify();
    prepare(app);
    app.all("/*", (request, reply) => {
      reply.hijack();
      return handler(request.raw, reply.raw);
    });
    await app.ready();
    running = await listenOn(app.server);
    return running.url;
  };
  const fix = /In Fastify, register the route in a scope of its own after removeAllContentTypeParsers\(\)/;

  test("with its own parsers gets the fix at once", async () => {
    await expectConsumed(await post(await serve(() => {})), fix);
  });

  test("with a preParsing hook that reads the body gets the fix too", async () => {
    const url = await serve((app) => {
      app.addHook("preParsing", async (_request, _reply, payload) => {
        for await (const chunk of payload) expect(chunk).toBeDefined();
        return undefined;
      });
      app.removeAllContentTypeParsers();
      app.addContentTypeParser("*", (_request, _payload, done) => done(null));
    });
    await expectConsumed(await post(url), fix);
  });

  test("with the bytes kept by a parser of its own is served", async () => {
    const url = await serve((app) => {
      const keep = (request: FastifyRequest, bytes: Buffer): unknown => {
        Object.assign(request.raw, { rawBody: bytes });
        return JSON.parse(bytes.toString());
      };
      app.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, bytes, done) =>
        done(null, keep(request, Buffer.from(bytes))),
      );
    });
    expect(await (await post(url)).text()).toBe(`gateway read ${body}`);
  });
});

describe("Hono", () => {
  const serve = async (middleware: MiddlewareHandler): Promise<string> => {
    const provider = createFakeProvider();
    const gateway = createGateway({ providers: [provider], store: createMemoryStore(), queue: createMemoryQueue() });
    const app = new Hono<{ Bindings: HttpBindings }>();
    app.use(middleware);
    app.all("*", (context) => gateway.fetch(context.req.raw));
    running = await startServer(getRequestListener(app.fetch));
    return `${running.url}/webhooks/${provider.name}`;
  };

  test("with middleware that reads the body first gets the fix at once", async () => {
    const url = await serve(async (context, next) => {
      await context.req.json();
      await next();
    });
    await expectConsumed(await post(url), /await c\.req\.raw\.clone\(\)\.json\(\)/);
  });

  test("with middleware that reads a copy gets as far as the signature", async () => {
    const url = await serve(async (context, next) => {
      expect(await context.req.raw.clone().json()).toEqual({ a: 1 });
      await next();
    });
    expect((await post(url)).status).toBe(401);
  });
});

describe("node:http", () => {
  const serve = async (prepare: (incoming: IncomingMessage) => unknown): Promise<string> => {
    running = await startServer(async (incoming, outgoing) => {
      await prepare(incoming);
      await handler(incoming, outgoing);
    });
    return running.url;
  };

  test.each<[string, (incoming: IncomingMessage) => unknown]>([
    [
      "was read in part",
      (incoming) => new Promise((resolve) => incoming.once("data", () => resolve(incoming.pause()))),
    ],
    ["is being read by somebody", (incoming) => incoming.on("data", () => {})],
    ["is waited for by a reader", (incoming) => incoming.on("readable", () => {})],
    ["was asked for as text", (incoming) => incoming.setEncoding("utf8")],
    ["was thrown away", (incoming) => incoming.resume()],
  ])("with a body that %s answers at once", async (_, prepare) => {
    await expectConsumed(await post(await serve(prepare)), /set request\.rawBody to the bytes/);
  });

  test("with a body that was paused before it was read is served", async () => {
    expect(await (await post(await serve((incoming) => incoming.pause()))).text()).toBe(`gateway read ${body}`);
  });
});
