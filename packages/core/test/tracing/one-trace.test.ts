import { SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { describe, expect, test } from "vitest";
import { createGateway } from "../../src/gateway/create-gateway.js";
import { noUsage } from "../../src/task/agent-outcome.js";
import { createBench } from "../worker/fixtures/create-bench.js";
import { parentOf, recordSpans } from "./fixtures/record-spans.js";

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;

async function createBot(script?: Parameters<typeof createBench>[0]) {
  const bench = await createBench(script);
  const { store, queue, provider, logger } = bench;
  const gateway = createGateway({ store, queue, logger, providers: [provider] });
  /** Requests work; resolves with the task once it is final. */
  const ask = async (extra: Readonly<Record<string, string>> = {}) => {
    const { headers, body } = bench.acme.webhook({ text: "@agentbot fix it" });
    for (const [name, value] of Object.entries(extra)) headers.set(name, value);
    const url = `https://bot.example/webhooks/${provider.name}`;
    const response = await gateway.fetch(new Request(url, { method: "POST", headers, body }));
    const { taskId } = (await response.json()) as { taskId: string };
    return bench.ended(taskId);
  };
  return { bench, ask };
}

describe("with an OpenTelemetry SDK, one task", () => {
  test("is one trace, from the caller's span to the pull request", async () => {
    const spans = recordSpans();
    const { bench, ask } = await createBot({
      script: async ({ write }) => {
        await write("fixed.ts", "export {};\n");
        return {
          summary: "Fixed.",
          model: "model-1",
          sessionId: "session-1",
          usage: { ...noUsage, inputTokens: 7, costUsd: 0.25 },
        };
      },
    });
    const worker = await bench.startWorker();
    const task = await ask({ traceparent, "x-request-id": "request-12345" });
    await worker.stop();

    expect(new Set(spans.all().map((span) => span.spanContext().traceId))).toEqual(new Set([traceId]));
    const webhook = spans.named("POST /webhooks/{provider}");
    expect([webhook.kind, webhook.parentSpanContext?.spanId]).toEqual([SpanKind.SERVER, "00f067aa0ba902b7"]);
    expect(webhook.attributes).toMatchObject({
      "http.request.method": "POST",
      "http.route": "/webhooks/{provider}",
      "http.response.status_code": 200,
      "agentbot.request.id": "request-12345",
      "agentbot.delivery.status": "accepted",
      "agentbot.task.id": task.id,
    });
    const run = spans.named("process task");
    expect([run.kind, parentOf(run, spans)]).toEqual([SpanKind.CONSUMER, "POST /webhooks/{provider}"]);
    expect(run.attributes).toMatchObject({
      "agentbot.task.status": "succeeded",
      "messaging.operation.type": "process",
    });
    const stages = ["admit", "prepare-workspace", "index-workspace", "run-agent", "checkpoint", "publish-result"];
    for (const stage of [...stages, "complete-task"])
      expect(parentOf(spans.named(`stage ${stage}`), spans)).toBe("process task");
    expect(parentOf(spans.named("effect status-comment"), spans)).toBe("stage admit");
    expect(parentOf(spans.named("effect branch"), spans)).toBe("stage publish-result");
    const pullRequest = spans.named("effect pull-request");
    expect(parentOf(pullRequest, spans)).toBe("stage publish-result");
    expect(pullRequest.attributes).toMatchObject({ "agentbot.effect.outcome": "performed" });
  });

  test("has the usage of its agent by the GenAI conventions, and no texts", async () => {
    const spans = recordSpans();
    const usage = { inputTokens: 7, outputTokens: 5, cacheReadTokens: 3, cacheCreationTokens: 2, costUsd: 0.25 };
    const { bench, ask } = await createBot({
      script: async () => ({ summary: "SECRET WORDS", model: "model-1", sessionId: "session-1", usage }),
    });
    const worker = await bench.startWorker();
    await ask();
    await worker.stop();
    const agent = spans.named(`invoke_agent ${bench.agent.name}`);
    expect(parentOf(agent, spans)).toBe("stage run-agent");
    expect(agent.attributes).toEqual({
      "gen_ai.operation.name": "invoke_agent",
      "gen_ai.agent.name": bench.agent.name,
      "gen_ai.response.model": "model-1",
      "gen_ai.conversation.id": "session-1",
      "gen_ai.usage.input_tokens": 7,
      "gen_ai.usage.output_tokens": 5,
      "gen_ai.usage.cache_read.input_tokens": 3,
      "gen_ai.usage.cache_creation.input_tokens": 2,
      "agentbot.usage.cost_usd": 0.25,
    });
    const told = JSON.stringify(spans.all().map(({ attributes, status, events }) => ({ attributes, status, events })));
    expect(told).not.toMatch(/SECRET WORDS|fix it/);
  });

  test("begins a trace of its own when the caller has none, which the store keeps and the log names", async () => {
    const spans = recordSpans();
    const { bench, ask } = await createBot();
    const worker = await bench.startWorker();
    const task = await ask();
    await worker.stop();
    const webhook = spans.named("POST /webhooks/{provider}");
    expect(webhook.parentSpanContext).toBeUndefined();
    const { traceId: made, spanId } = webhook.spanContext();
    expect(task.traceparent).toBe(`00-${made}-${spanId}-01`);
    const recorded = bench.logger.lines.find(({ message }) => message === "Delivery recorded");
    expect(recorded?.facts).toMatchObject({ trace_id: made, span_id: spanId });
    const stage = bench.logger.lines.find(({ message }) => message === "Stage finished");
    expect(stage?.facts).toMatchObject({ taskId: task.id, trace_id: made });
  });

  test("continues the span of a web server that is instrumented itself, not the header that span came from", async () => {
    const spans = recordSpans();
    const { bench, ask } = await createBot();
    const worker = await bench.startWorker();
    await trace.getTracer("web server").startActiveSpan("GET", async (span) => {
      await ask({ traceparent });
      span.end();
    });
    await worker.stop();
    expect(parentOf(spans.named("POST /webhooks/{provider}"), spans)).toBe("GET");
  });

  test("that fails marks what failed, by its code alone", async () => {
    const spans = recordSpans();
    const { bench, ask } = await createBot({
      script: async () => ({ status: "failed", reason: "agent_refused", isRetryable: false }),
    });
    const worker = await bench.startWorker();
    await ask();
    await worker.stop();
    for (const name of ["process task", `invoke_agent ${bench.agent.name}`]) {
      const { status, attributes } = spans.named(name);
      expect([name, status, attributes["error.type"]]).toEqual([
        name,
        { code: SpanStatusCode.ERROR, message: "agent_refused" },
        "agent_refused",
      ]);
    }
  });

  test("leaves no span for probes", async () => {
    const spans = recordSpans();
    const { bench } = await createBot();
    const gateway = createGateway({ store: bench.store, queue: bench.queue, providers: [] });
    for (const path of ["/health", "/livez", "/readyz", "/metrics"])
      await gateway.fetch(new Request(`https://bot.example${path}`));
    expect(spans.all()).toEqual([]);
  });
});
