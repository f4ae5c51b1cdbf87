import { describe, expect, test } from "vitest";
import { delivery, readAnswer, startGateway } from "./fixtures/start-gateway.js";

const body = '{"comment":"fix it"}';

describe("a webhook that is refused", () => {
  test("with a missing or wrong signature gets one constant answer and leaves no trace", async () => {
    const { gateway, store } = startGateway();
    const requests = [
      delivery(body, { headers: { "x-acme-signature": "" } }),
      delivery(body, { secret: "another secret" }),
      delivery(`${body}\n`, { headers: { "x-acme-signature": "0".repeat(64) } }),
      delivery(body, { path: "/webhooks/acme/0199c0de-0000-7000-8000-000000000000" }),
      delivery(body, { path: "/webhooks/acme/no%20such%20installation" }),
    ];
    const answers = new Set<string>();
    for (const request of requests) {
      const response = await gateway.fetch(request);
      answers.add(`${response.status} ${response.headers.get("content-type")} ${await response.text()}`);
    }
    expect([...answers]).toEqual(['401 application/json; charset=utf-8 {"error":"unauthorized"}']);
    expect((await store.inbox.search({})).items).toEqual([]);
  });

  test("cannot poison the good one that follows", async () => {
    const { gateway } = startGateway();
    const headers = { "x-acme-delivery": "delivery-1" };
    await gateway.fetch(delivery(body, { headers, secret: "another secret" }));
    expect(await (await gateway.fetch(delivery(body, { headers }))).json()).toMatchObject({ status: "accepted" });
  });

  test("too often from one address is limited, but a signed one never is", async () => {
    const { gateway } = startGateway({ failedVerificationsPerMinute: 3 });
    const from = { remoteAddress: "192.0.2.1" };
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 5; attempt += 1) {
      statuses.push((await gateway.fetch(delivery(body, { secret: "another secret" }), from)).status);
    }
    expect(statuses).toEqual([401, 401, 401, 429, 429]);
    expect((await gateway.fetch(delivery(body), from)).status).toBe(200);
    expect((await gateway.fetch(delivery(body, { secret: "x" }), { remoteAddress: "192.0.2.2" })).status).toBe(401);
  });

  test("stays a 401 while the limiter is down or hangs", async () => {
    const peek = async () => ({ status: "allowed" }) as const;
    const failing = { peek, consume: async () => Promise.reject(new Error("no limiter")) };
    const hanging = { peek, consume: () => new Promise<never>(() => {}) };
    for (const failedVerifications of [failing, hanging]) {
      const { gateway } = startGateway({ failedVerifications });
      expect((await gateway.fetch(delivery(body, { secret: "another secret" }))).status).toBe(401);
    }
  });

  test("does not wait for a limiter again that has just failed to answer", async () => {
    let asked = 0;
    const consume = (): Promise<never> => {
      asked += 1;
      return new Promise(() => {});
    };
    const failedVerifications = { peek: consume, consume };
    const { gateway } = startGateway({ failedVerifications });
    for (let sent = 0; sent < 20; sent += 1)
      expect((await gateway.fetch(delivery(body, { secret: "another secret" }))).status).toBe(401);
    expect(asked).toBe(1);
  });

  test("for its provider, path or method names which", async () => {
    const { gateway } = startGateway();
    const ask = async (method: string, path: string): Promise<[number, string | null]> => {
      const response = await gateway.fetch(new Request(`http://localhost${path}`, { method }));
      return [response.status, response.headers.get("allow")];
    };
    expect(await ask("POST", "/webhooks/unknown")).toEqual([404, null]);
    expect(await ask("GET", "/webhooks/acme")).toEqual([405, "POST"]);
    expect(await ask("PUT", "/webhooks/acme")).toEqual([405, "POST"]);
    expect(await ask("POST", "/health")).toEqual([405, "GET, HEAD"]);
    for (const path of [
      "/",
      "/webhooks",
      "/webhooks/acme/",
      "/WEBHOOKS/acme",
      "//webhooks/acme",
      "/webhooks/acme/1/2",
    ]) {
      expect(await ask("POST", path)).toEqual([404, null]);
    }
  });

  test("for its media type, charset or encoding gets 415 with the fix", async () => {
    const { gateway } = startGateway();
    const types = [
      "text/plain",
      "application/xml",
      "application/json; charset=utf-16",
      "application/x-www-form-urlencoded",
    ];
    for (const type of types) {
      const response = await gateway.fetch(delivery(body, { headers: { "content-type": type } }));
      expect(response.status).toBe(415);
      expect((await readAnswer(response))["detail"]).toContain("application/json");
    }
    const zipped = await gateway.fetch(delivery(body, { headers: { "content-encoding": "gzip" } }));
    expect(zipped.status).toBe(415);
  });

  test("after a good signature for a body that is not JSON gets 400 with the reason", async () => {
    const { gateway, store } = startGateway();
    const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
    const bodies: [string | Uint8Array, string][] = [
      ["", "empty"],
      ['{"comment":', "not valid JSON"],
      ['{"comment":NaN}', "not valid JSON"],
      ["\ufeff{}", "not valid JSON"],
      [deep, "nested deeper"],
      [Uint8Array.from([0x22, 0xff, 0x22]), "not valid UTF-8"],
    ];
    for (const [bad, why] of bodies) {
      const response = await gateway.fetch(delivery(bad));
      expect(response.status).toBe(400);
      expect(response.headers.get("content-type")).toBe("application/problem+json");
      expect((await readAnswer(response))["detail"]).toContain(why);
    }
    expect((await store.inbox.search({})).items).toEqual([]);
  });

  test("for its size gets 413, declared or streamed, and is not held in memory", async () => {
    const { gateway } = startGateway({ maxBodyBytes: 1024 });
    const declared = await gateway.fetch(delivery("x".repeat(1025)));
    expect(declared.status).toBe(413);
    let pulled = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled += 1;
        controller.enqueue(new Uint8Array(512));
      },
    });
    const request = new Request("http://localhost/webhooks/acme", {
      method: "POST",
      body: endless,
      headers: { "content-type": "application/json" },
      duplex: "half",
    } as RequestInit);
    expect((await gateway.fetch(request)).status).toBe(413);
    expect(pulled).toBeLessThan(10);
  });

  test("for a body that never ends in time gets 408", async () => {
    const { gateway } = startGateway({ bodyTimeoutMs: 50 });
    const request = new Request("http://localhost/webhooks/acme", {
      method: "POST",
      body: new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(1)) }),
      headers: { "content-type": "application/json" },
      duplex: "half",
    } as RequestInit);
    expect((await gateway.fetch(request)).status).toBe(408);
  });
});
