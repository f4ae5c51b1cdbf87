import { describe, expect, onTestFinished, test } from "vitest";
import { type BotOptions, createBot } from "../../src/bot/create-bot.js";
import { AgentBotError } from "../../src/errors/agentbot-error.js";
import { createGateway } from "../../src/gateway/create-gateway.js";
import { createMemoryQueue } from "../../src/memory/create-memory-queue.js";
import { createMemoryStore } from "../../src/memory/create-memory-store.js";
import { createNoSandbox } from "../../src/sandbox/create-no-sandbox.js";
import { eventually } from "../../src/testing/eventually.js";
import type { Script } from "../../src/testing/scripted-runner.js";
import { createWorker } from "../../src/worker/create-worker.js";
import { createBench } from "../worker/fixtures/create-bench.js";

const token = "a-token-of-this-test-with-32-characters";
const authorized = { authorization: `Bearer ${token}` };

/** A bot composed of nothing but the required ports: everything shared is the bot's own. */
async function startBot(script: Script | undefined, overrides: Partial<BotOptions> = {}) {
  const bench = await createBench(script ? { script } : {});
  const { store, queue, agent, workspaces, provider } = bench;
  const bot = createBot({
    ...{ store, queue, agent, workspaces, providers: [provider], sandbox: createNoSandbox(), admin: { token } },
    ...{ effectRecheckMs: 5, shutdownGraceMs: 0, ...overrides },
  });
  onTestFinished(() => bot.stop());
  const call = (method: string, path: string): Promise<Response> =>
    bot.gateway.fetch(new Request(`http://localhost${path}`, { method, headers: authorized }));
  return { bench, bot, call };
}

describe("createBot", () => {
  test("cancels a running task without waiting for a heartbeat", async () => {
    let onRun = (): void => {};
    const running = new Promise<void>((resolve) => {
      onRun = resolve;
    });
    const hang: Script = ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
        onRun();
      });
    // A heartbeat would come after eight days: only a notification can stop the agent.
    const { bench, bot, call } = await startBot(hang, { leaseMs: 2 ** 31 - 1 });
    await bot.start();
    const taskId = await bench.ask();
    await running;
    const response = await call("POST", `/api/tasks/${taskId}/cancel`);
    expect(await response.json()).toEqual({ taskId, status: "requested" });
    expect(await bench.ended(taskId)).toMatchObject({ status: "cancelled", reason: "stopped" });
  });

  test("shows the worker's metrics at /metrics", async () => {
    const { bench, bot, call } = await startBot(undefined, { version: "1.2.3" });
    await bot.start();
    await bench.ended(await bench.ask());
    await bot.stop();
    const text = await (await call("GET", "/metrics")).text();
    expect(text).toContain('agentbot_tasks_total{status="succeeded",trigger="mention",agent="scripted"} 1');
    expect(text).toContain("agentbot_task_wait_seconds_count 1");
    expect(text).toContain('version="1.2.3"');
  });

  test("is ready once its worker can work, and not while it stops", async () => {
    const { bot, call } = await startBot(undefined);
    const reasons = async () => ((await (await call("GET", "/readyz")).json()) as { reasons?: string[] }).reasons;
    expect(await reasons()).toEqual(["the sandbox has not been checked yet"]);
    await bot.start();
    await eventually("it to be ready", async () => (await reasons()) === undefined || null);
    const stopping = bot.stop();
    expect(await reasons()).toEqual(["draining"]);
    await stopping;
  });
});

describe("a misspelt option", () => {
  const required = { store: createMemoryStore(), queue: createMemoryQueue(), providers: [] };
  const working = {
    ...required,
    sandbox: createNoSandbox(),
    agent: { name: "none", credential: "held", run: () => Promise.reject(new Error("not started")) },
    workspaces: { prepare: () => Promise.reject(new Error("not started")) },
  };

  test.each([
    ["createGateway", createGateway, { ...required, storeTimeoutMS: 1 }, "storeTimeoutMS"],
    ["createWorker", createWorker, { ...working, concurency: 50 }, "concurency"],
    ["createBot", createBot, { ...working, concurency: 50 }, "concurency"],
    ["createBot", createBot, { ...working, health: { fact: {} } }, "fact"],
  ])("of %s is refused by name", (name, create, options, misspelt) => {
    let thrown: unknown;
    try {
      Reflect.apply(create, null, [options]);
    } catch (error) {
      thrown = error;
    }
    expect(AgentBotError.hasCode(thrown, "CONFIGURATION_INVALID") && thrown.message).toMatch(
      new RegExp(`^${name}: .*"${misspelt}"`),
    );
  });
});
