import { describe, expect, test } from "vitest";
import { createSilentLogger } from "../../src/logger/create-silent-logger.js";
import { delivery, startGateway } from "./fixtures/start-gateway.js";

const token = "a-token-of-this-test-with-32-characters";
const mounted = () => startGateway({ mountPath: "/api/bot", admin: { token } }).gateway;

describe("a gateway with a mountPath", () => {
  test("serves every route below it, and nothing beside it", async () => {
    const gateway = mounted();
    const statusOf = async (path: string): Promise<number> =>
      (await gateway.fetch(new Request(`http://localhost${path}`, { headers: { authorization: `Bearer ${token}` } })))
        .status;
    for (const path of ["/health", "/livez", "/readyz", "/metrics", "/api/tasks", "/api/deliveries?limit=1"]) {
      expect([path, await statusOf(`/api/bot${path}`)]).toEqual([path, 200]);
      expect([path, await statusOf(path)]).toEqual([path, 404]);
    }
    for (const path of ["/api/bot", "/api/bot/", "/api/botany/health", "/api/bot//health", "/API/bot/health"]) {
      expect([path, await statusOf(path)]).toEqual([path, 404]);
    }
  });

  test("names the methods of its routes, and hands parameters on", async () => {
    const gateway = mounted();
    const get = await gateway.fetch(new Request("http://localhost/api/bot/webhooks/acme"));
    expect([get.status, get.headers.get("allow")]).toEqual([405, "POST"]);
    const unknown = await gateway.fetch(delivery("{}", { path: "/api/bot/webhooks/unknown" }));
    expect(unknown.status).toBe(404);
  });

  test("answers a webhook in a catch-all route of Next.js, which leaves the path on the request", async () => {
    const gateway = mounted();
    // app/api/bot/[...path]/route.ts
    const answer = (request: Request, _context: { params: Promise<{ path: string[] }> }): Promise<Response> =>
      gateway.fetch(request);
    const route = { GET: answer, POST: answer };
    const params = Promise.resolve({ path: ["webhooks", "acme"] });
    const posted = await route.POST(delivery('{"comment":"fix it"}', { path: "/api/bot/webhooks/acme" }), { params });
    expect([posted.status, await posted.json()]).toEqual([200, expect.objectContaining({ status: "accepted" })]);
    const health = await route.GET(new Request("http://localhost/api/bot/health"), { params });
    expect(await health.json()).toMatchObject({ status: "healthy", checks: { queue: { queue_size: 1 } } });
  });

  test("logs and traces the whole path", async () => {
    const logged: object[] = [];
    const logger = { ...createSilentLogger(), debug: (facts: object) => void logged.push(facts) };
    const names: string[] = [];
    const tracer = {
      trace: <Result>(start: { name: string }, work: (span: never) => Promise<Result>) => {
        names.push(start.name);
        return work(Object({ traceparent: null, setAttributes: () => {}, fail: () => {} }) as never);
      },
    };
    const { gateway } = startGateway({
      mountPath: "/api/bot",
      logger: { ...logger, child: () => logger },
      tracer: tracer as never,
    });
    await gateway.fetch(delivery('{"comment":"fix it"}', { path: "/api/bot/webhooks/acme" }));
    expect(logged).toContainEqual(expect.objectContaining({ path: "/api/bot/webhooks/acme", status: 200 }));
    expect(names).toEqual(["POST /api/bot/webhooks/{provider}"]);
  });
});
