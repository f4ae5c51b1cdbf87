import { describe, expect, test } from "vitest";
import { AgentBotError } from "../../src/errors/agentbot-error.js";
import { createMemoryQueue } from "../../src/memory/create-memory-queue.js";
import { createMemoryStore } from "../../src/memory/create-memory-store.js";
import { taskDraftFixture, taskRequestFixture } from "../../src/testing/task-draft-fixture.js";
import { createAcmeProvider } from "./fixtures/acme-provider.js";
import { delivery, readAnswer, startGateway } from "./fixtures/start-gateway.js";

describe("a signed webhook", () => {
  test("is recorded as a task, queued, and answered 200 with its id", async () => {
    const { gateway, store, queue } = startGateway();
    const response = await gateway.fetch(delivery('{"comment":"fix it"}'));
    const { taskId = "" } = await readAnswer(response.clone());
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: "accepted", taskId });
    await gateway.close();
    expect(await store.tasks.find(taskId)).toMatchObject({ status: "queued", instruction: "fix it" });
    expect(await queue.stats()).toMatchObject({ waiting: 1 });
  });

  test("that comes again is a duplicate with the first one's id, with the same bytes or with others", async () => {
    const { gateway, queue } = startGateway();
    const first = await readAnswer(await gateway.fetch(delivery('{"comment":"fix it"}')));
    const again = await (await gateway.fetch(delivery('{"comment":"fix it"}'))).json();
    const reworded = await (await gateway.fetch(delivery('{"comment": "fix it"}'))).json();
    expect(again).toEqual({ status: "duplicate", taskId: first["taskId"] });
    expect(reworded).toEqual({ status: "duplicate", taskId: first["taskId"] });
    await gateway.close();
    expect(await queue.stats()).toMatchObject({ waiting: 1 });
  });

  test("sent 50 times at once is one task", async () => {
    const { gateway } = startGateway();
    const answers = await Promise.all(
      Array.from({ length: 50 }, async () => readAnswer(await gateway.fetch(delivery('{"comment":"fix it"}')))),
    );
    expect(answers.filter(({ status }) => status === "accepted")).toHaveLength(1);
    expect(new Set(answers.map(({ taskId }) => taskId)).size).toBe(1);
  });

  test("older than seven days is ignored as stale", async () => {
    const { gateway, store } = startGateway();
    const response = await gateway.fetch(delivery(`{"comment":"fix it","minutesAgo":${7 * 24 * 60 + 1}}`));
    expect(await response.json()).toEqual({ status: "ignored", reason: "stale" });
    expect((await store.inbox.search({})).items).toMatchObject([{ verdict: { status: "ignored", reason: "stale" } }]);
  });

  test("whose queue never answers does not keep the gateway from closing", async () => {
    const queue = { ...createMemoryQueue(), enqueue: () => new Promise<void>(() => {}) };
    const { gateway } = startGateway({ queue });
    expect((await gateway.fetch(delivery('{"comment":"fix it"}'))).status).toBe(200);
    await expect(gateway.close()).resolves.toBeUndefined();
  });

  test("that cannot be interpreted is kept with its verdict, never a 5xx", async () => {
    const provider = createAcmeProvider(() => {
      throw new TypeError("an unexpected shape");
    });
    const { gateway, store } = startGateway({ providers: [provider] });
    const response = await gateway.fetch(delivery("{}"));
    expect(await response.json()).toEqual({ status: "ignored", reason: "interpretation_failed" });
    expect((await store.inbox.search({})).items).toHaveLength(1);
  });

  test("whose origin is not the verified tenant never becomes a task", async () => {
    const draft = taskDraftFixture();
    const provider = createAcmeProvider(() => ({
      kind: "task",
      tenant: { externalId: "another", account: "octocat" },
      draft,
      dedupeKey: "1",
    }));
    const { gateway, store } = startGateway({ providers: [provider] });
    const response = await gateway.fetch(delivery("{}"));
    expect(await response.json()).toEqual({ status: "ignored", reason: "interpretation_failed" });
    expect((await store.tasks.search({})).items).toHaveLength(0);
  });

  test.each([
    ["name is longer than the store takes", { threadAliases: ["x".repeat(801)] }],
    ["number is no integer", { priority: 1.5 }],
  ])("whose %s is kept with its verdict, and never becomes a task", async (_, overrides) => {
    const { tenant, draft } = taskRequestFixture(overrides);
    const identity = { tenant, dedupeKey: "1" };
    const provider = createAcmeProvider(() => ({ kind: "task", draft, ...identity }));
    const { gateway, store } = startGateway({ providers: [provider] });
    const response = await gateway.fetch(delivery("{}"));
    expect(await response.json()).toEqual({ status: "ignored", reason: "interpretation_failed" });
    expect((await store.inbox.search({})).items).toHaveLength(1);
    expect((await store.tasks.search({})).items).toHaveLength(0);
  });

  test("that is a handshake is answered in the response", async () => {
    const provider = createAcmeProvider(() => ({ kind: "handshake", contentType: "text/plain", body: "challenge" }));
    const { gateway } = startGateway({ providers: [provider] });
    const response = await gateway.fetch(delivery("{}"));
    expect([response.status, response.headers.get("content-type"), await response.text()]).toEqual([
      200,
      "text/plain",
      "challenge",
    ]);
  });

  test("is accepted while the queue is down, and its task waits in the store", async () => {
    const queue = createMemoryQueue();
    const down = async (): Promise<never> => {
      throw new AgentBotError("QUEUE_UNAVAILABLE", "connection refused");
    };
    const { gateway, store } = startGateway({ queue: { ...queue, enqueue: down } });
    const { status, taskId } = await readAnswer(await gateway.fetch(delivery('{"comment":"fix it"}')));
    await gateway.close();
    expect(status).toBe("accepted");
    expect((await store.outbox.waiting({})).items).toMatchObject([{ id: taskId }]);
  });

  test("is refused with 503 when the store hangs, and is a duplicate when it was recorded all the same", async () => {
    const store = createMemoryStore();
    let answer: () => void = () => {};
    const hanging: typeof store.inbox.record = async (...given) => {
      const recorded = await store.inbox.record(...given);
      await new Promise<void>((resolve) => {
        answer = resolve;
      });
      return recorded;
    };
    const stuck = startGateway({ store: { ...store, inbox: { ...store.inbox, record: hanging } }, storeTimeoutMs: 30 });
    expect((await stuck.gateway.fetch(delivery('{"comment":"fix it"}'))).status).toBe(503);
    answer();
    const again = await startGateway({ store }).gateway.fetch(delivery('{"comment":"fix it"}'));
    expect(await again.json()).toMatchObject({ status: "duplicate" });
  });

  test("is refused with 503 and Retry-After while the store is down, and accepted when it is back", async () => {
    const store = createMemoryStore();
    let isDown = true;
    const { gateway } = startGateway({
      store: {
        ...store,
        inbox: {
          ...store.inbox,
          record: async (...given) => {
            if (isDown) throw new AgentBotError("STORE_UNAVAILABLE", "connection refused");
            return store.inbox.record(...given);
          },
        },
      },
    });
    const refused = await gateway.fetch(delivery('{"comment":"fix it"}'));
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "5"]);
    expect(await refused.json()).toMatchObject({ code: "STORE_UNAVAILABLE" });
    isDown = false;
    expect(await (await gateway.fetch(delivery('{"comment":"fix it"}'))).json()).toMatchObject({ status: "accepted" });
  });
});
