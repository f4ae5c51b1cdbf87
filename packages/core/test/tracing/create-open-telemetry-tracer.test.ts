import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, onTestFinished, test } from "vitest";
import { AgentBotError } from "../../src/errors/agentbot-error.js";
import { createOpenTelemetryTracer, unwrapDefault } from "../../src/tracing/create-open-telemetry-tracer.js";
import { recordSpans } from "./fixtures/record-spans.js";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

describe("the tracer through @opentelemetry/api", () => {
  test("without an SDK does the work, and hands on the context it was given", async () => {
    const tracer = createOpenTelemetryTracer();
    const start = { name: "a", kind: "server", parent: traceparent } as const;
    expect(await tracer.trace(start, async (span) => span.traceparent)).toBe(traceparent);
    expect(await tracer.trace({ name: "a", kind: "internal" }, async (span) => span.traceparent)).toBeNull();
  });

  test("finds the API where a bundler has put it: all of it, or its default alone", async () => {
    const api = await import("@opentelemetry/api");
    expect(unwrapDefault(api).ROOT_CONTEXT).toBe(api.ROOT_CONTEXT);
    const split = { default: { ROOT_CONTEXT: api.ROOT_CONTEXT } };
    expect(Reflect.get(unwrapDefault(split as never), "ROOT_CONTEXT")).toBe(api.ROOT_CONTEXT);
  });

  test("begins a new trace for a task that has none, whatever is going on around", async () => {
    const spans = recordSpans();
    const tracer = createOpenTelemetryTracer();
    await tracer.trace({ name: "around", kind: "internal" }, () =>
      tracer.trace({ name: "task", kind: "consumer", parent: null }, async () => {}),
    );
    expect(spans.named("task").spanContext().traceId).not.toBe(spans.named("around").spanContext().traceId);
  });

  test("lets what the work throws pass, and marks the span by its code, never its words", async () => {
    const spans = recordSpans();
    const tracer = createOpenTelemetryTracer();
    const errors = [new AgentBotError("GIT_FAILED", "https://user:hunter2@host"), new TypeError("hunter2")];
    for (const error of errors)
      await expect(
        tracer.trace({ name: error.name, kind: "internal" }, async () => Promise.reject(error)),
      ).rejects.toBe(error);
    expect(spans.all().map(({ attributes }) => attributes["error.type"])).toEqual(["GIT_FAILED", "TypeError"]);
    expect(JSON.stringify(spans.all().map(({ events, status }) => [events, status]))).not.toContain("hunter2");
  });
});

describe("without @opentelemetry/api", () => {
  test("nothing is traced, and nothing is missed", async () => {
    let loads = 0;
    const tracer = createOpenTelemetryTracer(async () => {
      loads += 1;
      throw new Error("Cannot find package '@opentelemetry/api'");
    });
    for (const name of ["a", "b"])
      expect(await tracer.trace({ name, kind: "internal" }, async (span) => span.traceparent)).toBeNull();
    expect(loads).toBe(1);
  });

  test("a whole bot works, as it is installed", async () => {
    expect(existsSync(here("../../dist/index.js")), "npm run build comes first").toBe(true);
    const directory = mkdtempSync(join(tmpdir(), "agentbot-no-api-"));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    const installed = join(directory, "node_modules/@agentbot/core");
    mkdirSync(installed, { recursive: true });
    cpSync(here("../../dist"), join(installed, "dist"), { recursive: true });
    cpSync(here("../../package.json"), join(installed, "package.json"));
    const { dependencies } = JSON.parse(readFileSync(here("../../package.json"), "utf8")) as { dependencies: object };
    for (const name of Object.keys(dependencies))
      symlinkSync(here(`../../../../node_modules/${name}`), join(directory, "node_modules", name));
    writeFileSync(join(directory, "bot.mjs"), program);
    const { stdout } = await promisify(execFile)(process.execPath, ["bot.mjs"], { cwd: directory });
    expect(JSON.parse(stdout)).toEqual({ isApiThere: false, answer: "accepted", status: "cancelled", traceparent });
  });
});

/** A bot in memory that gets a request of an actor without permission and prints how the task ended. */
const program = `
import { createBot, createNoSandbox } from "@agentbot/core";
import { createMemoryQueue, createMemoryStore } from "@agentbot/core/memory";
import { createFakeProvider, createScriptedRunner, eventually } from "@agentbot/core/testing";

const isApiThere = await import("@opentelemetry/api").then(() => true, () => false);
const acme = createFakeProvider({ defaultPermission: "read" });
const store = createMemoryStore();
const queue = createMemoryQueue();
const agent = createScriptedRunner({ script: async () => ({}) });
const workspaces = { prepare: async () => { throw new Error("never"); } };
const bot = createBot({ store, queue, providers: [acme], agent, workspaces, sandbox: createNoSandbox() });
await bot.start();
const { headers, body } = acme.webhook({ text: "@agentbot fix it" });
headers.set("traceparent", "${traceparent}");
const request = new Request("https://bot.example/webhooks/" + acme.name, { method: "POST", headers, body });
const { status: answer, taskId } = await (await bot.gateway.fetch(request)).json();
const { status, traceparent } = await eventually("the task to end", async () => {
  const task = await store.tasks.find(taskId);
  return task?.finishedAt ? task : null;
});
await bot.stop();
await queue.close();
console.log(JSON.stringify({ isApiThere, answer, status, traceparent }));
`;
