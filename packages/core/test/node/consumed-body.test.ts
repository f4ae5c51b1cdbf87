import type { IncomingMessage, ServerResponse } from "node:http";
import { afterEach, describe, expect, test } from "vitest";
import { toNodeHandler } from "../../src/node/index.js";
import { type RunningServer, startServer } from "./fixtures/node-server.js";

let running: RunningServer | null = null;
afterEach(async () => running?.close());

const handler = toNodeHandler({ fetch: async (request) => new Response(`gateway read ${await request.text()}`) });

/** The work of a web framework before it calls a handler. */
type Framework = (incoming: IncomingMessage & { body?: unknown; rawBody?: unknown }) => Promise<void> | void;

async function post(framework: Framework, body: string | null = '{"a": 1}'): Promise<Response> {
  running = await startServer(async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    await framework(incoming);
    await handler(incoming, outgoing);
  });
  return fetch(running.url, { method: "POST", body });
}

async function readAll(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const parseJson: Framework = async (incoming) => {
  incoming.body = JSON.parse(String(await readAll(incoming)));
};

function setBody(body: object): Framework {
  return (incoming) => {
    incoming.body = body;
  };
}

async function expectRawBodyConsumed(response: Response): Promise<void> {
  expect(response.status).toBe(500);
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  expect(await response.json()).toMatchObject({
    code: "RAW_BODY_CONSUMED",
    status: 500,
    detail: expect.stringMatching(/read before agentbot could verify its raw bytes\. In Fastify, .*Elsewhere, /),
  });
}

describe("a body that a framework read before the handler", () => {
  test("is answered at once with RAW_BODY_CONSUMED and the fix", async () => {
    await expectRawBodyConsumed(await post(parseJson));
  });

  test("is answered so even where the parser left no trace on the request", async () => {
    await expectRawBodyConsumed(await post(async (incoming) => void (await readAll(incoming))));
  });

  test("is answered so when the framework set a parsed body on a stream of its own", async () => {
    await expectRawBodyConsumed(await post(setBody({ a: 1 })));
  });

  test("is used when its bytes were kept as a Buffer", async () => {
    const response = await post(async (incoming) => {
      incoming.rawBody = await readAll(incoming);
      incoming.body = { a: 1 };
    });
    expect(await response.text()).toBe('gateway read {"a": 1}');
  });

  test("is used when its bytes were kept as a string", async () => {
    const response = await post(async (incoming) => {
      incoming.rawBody = String(await readAll(incoming));
    }, "é");
    expect(await response.text()).toBe("gateway read é");
  });

  test("is used when the parser was a raw one, whose body is the bytes", async () => {
    const response = await post(async (incoming) => {
      incoming.body = await readAll(incoming);
    });
    expect(await response.text()).toBe('gateway read {"a": 1}');
  });
});

describe("a request that a framework left alone", () => {
  test("is read although an empty object was set as its body", async () => {
    expect(await (await post(setBody({}))).text()).toBe('gateway read {"a": 1}');
  });

  test("needs no raw bytes when it has no body", async () => {
    const response = await post(async (incoming) => {
      await readAll(incoming);
      incoming.body = { parsed: "of nothing" };
    }, null);
    expect(await response.text()).toBe("gateway read ");
  });
});
