import { describe, expect, test } from "vitest";
import { AgentBotError } from "../../src/errors/agentbot-error.js";
import { sleep } from "../../src/lifecycle/system-clock.js";
import { eventually } from "../../src/testing/eventually.js";
import { delivery, startGateway } from "../gateway/fixtures/start-gateway.js";
import { createBench } from "../worker/fixtures/create-bench.js";
import { createOutageBench } from "./fixtures/outage-bench.js";

const storeDown = "The store does not answer; senders get 503 and no task begins until it is back";
const queueDown = "The queue does not answer; tasks are recorded, and run when it is back";
const storeError = new AgentBotError("STORE_UNAVAILABLE", "connection refused");
const queueError = new AgentBotError("QUEUE_UNAVAILABLE", "connection refused");

describe("the outage reporter", () => {
  test("reports an outage once, however many callers notice it, and its end once", async () => {
    const { outages, down, logger, messages } = createOutageBench();
    down.add("STORE_UNAVAILABLE").add("QUEUE_UNAVAILABLE");
    for (let times = 0; times < 100; times += 1) {
      expect(outages.report(storeError)).toBe(true);
      expect(outages.report(queueError)).toBe(true);
    }
    expect(messages()).toEqual([storeDown, queueDown]);
    expect(logger.lines.map(({ level, facts }) => [level, facts])).toEqual([
      ["error", { err: storeError }],
      ["warn", { err: queueError }],
    ]);
    down.clear();
    await eventually("both to be back", () => (messages().length === 4 ? true : null));
    expect(messages().slice(2).sort()).toEqual(["The queue is back", "The store is back"]);
  });

  test("takes no store for down that answers, however slow it was", async () => {
    const { outages, down, asked } = createOutageBench();
    outages.report(storeError);
    await eventually("a question", () => (asked() > 0 ? true : null));
    expect(outages.isStoreDown()).toBe(false);
    down.add("STORE_UNAVAILABLE");
    await eventually("it to be found silent", () => {
      outages.report(storeError);
      return outages.isStoreDown() ? true : null;
    });
    down.clear();
    await eventually("it to be back", () => (outages.isStoreDown() ? null : true));
  });

  test("leaves every other error to its caller", () => {
    const { outages, messages } = createOutageBench();
    for (const error of [new Error("connection refused"), new AgentBotError("GIT_FAILED", "no"), null, "text"])
      expect(outages.report(error)).toBe(false);
    expect(messages()).toEqual([]);
  });

  test("reports store and queue as one if they are one server", async () => {
    const { outages, down, messages } = createOutageBench({ storeName: "PostgreSQL", queueName: "PostgreSQL" });
    down.add("STORE_UNAVAILABLE");
    outages.report(queueError);
    outages.report(storeError);
    down.clear();
    await eventually("it to be back", () => (messages().length === 2 ? true : null));
    expect(messages()).toEqual([expect.stringMatching(/^PostgreSQL does not answer; /), "PostgreSQL is back"]);
  });

  test("asks nothing while nothing is down, nor after it was closed", async () => {
    const { outages, asked, down } = createOutageBench();
    await sleep(30);
    expect(asked()).toBe(0);
    down.add("STORE_UNAVAILABLE");
    outages.report(storeError);
    await eventually("a few questions", () => (asked() > 2 ? true : null));
    outages.close();
    const before = asked();
    await sleep(30);
    expect(asked()).toBe(before);
  });

  test("asks ever more rarely about what keeps coming and going", async () => {
    const { outages, messages } = createOutageBench();
    const givenUpAt = performance.now() + 300;
    while (performance.now() < givenUpAt) {
      outages.report(storeError);
      await sleep(1);
    }
    // Asked every 5 ms it would come and go some 50 times.
    expect(messages().filter((message) => message === storeDown).length).toBeLessThan(10);
  });
});

test("a look at /health or /readyz finds an outage without any other request", async () => {
  for (const path of ["/health", "/readyz"]) {
    const { outages, down, messages, store, queue } = createOutageBench();
    const { gateway } = startGateway({ store, queue, outages });
    down.add("STORE_UNAVAILABLE");
    expect((await gateway.fetch(new Request(`http://localhost${path}`))).status).toBe(503);
    expect(messages()).toEqual([storeDown]);
  }
});

test("a store that hangs is not waited for by each delivery, once it is known to be down", async () => {
  const { outages, down, store, queue } = createOutageBench();
  const never = (): Promise<never> => new Promise(() => {});
  const hanging = { ...store, inbox: { ...store.inbox, record: never } };
  const { gateway } = startGateway({ store: hanging, queue, outages, storeTimeoutMs: 600_000 });
  down.add("STORE_UNAVAILABLE");
  outages.report(storeError);
  expect((await gateway.fetch(delivery('{"comment":"fix it"}'))).status).toBe(503);
});

describe("a gateway and a worker with one reporter", () => {
  test("report a store that is down in two lines, however many deliveries and claims fail", async () => {
    const { outages, down, messages, logger, store, queue } = createOutageBench();
    const { gateway } = startGateway({ store, queue, logger, outages });
    const bench = await createBench({ store, queue });
    await bench.startWorker({ logger, outages, reconcileIntervalMs: 5 });
    down.add("STORE_UNAVAILABLE");
    for (let sent = 0; sent < 200; sent += 1) {
      const response = await gateway.fetch(delivery(`{"comment":"fix it ${sent}"}`));
      expect([response.status, response.headers.get("retry-after")]).toEqual([503, "5"]);
    }
    expect(messages()).toEqual([storeDown]);
    down.clear();
    await eventually("it to be back", () => (messages().length === 2 ? true : null));
    expect(messages()).toEqual([storeDown, "The store is back"]);
    await gateway.close();
  });

  test("report a queue that is down in two lines, and answer every delivery", async () => {
    const { outages, down, messages, logger, store, queue } = createOutageBench();
    const { gateway } = startGateway({ store, queue, logger, outages });
    const bench = await createBench({ store, queue });
    await bench.startWorker({ logger, outages, reconcileIntervalMs: 5 });
    down.add("QUEUE_UNAVAILABLE");
    for (let sent = 0; sent < 200; sent += 1)
      expect((await gateway.fetch(delivery(`{"comment":"fix it ${sent}"}`))).status).toBe(200);
    const ofQueue = (): readonly string[] =>
      messages().filter((message) => /^The queue (does not|is back)/.test(message));
    await eventually("the line", () => (ofQueue().length > 0 ? true : null));
    expect(messages().filter((message) => message !== "Delivery recorded")).toEqual([queueDown]);
    down.clear();
    await eventually("it to be back", () => (ofQueue().length === 2 ? true : null));
    expect(ofQueue()).toEqual([queueDown, "The queue is back"]);
    await gateway.close();
  });
});
