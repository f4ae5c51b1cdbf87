import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { webhookRequest } from "@agentbot/provider-github/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { commentPayload } from "../fixtures/github-payloads.js";
import { type LogLine, type ServerProcess, startServerProcess } from "../fixtures/server-process.js";
import { privateKey } from "../fixtures/test-server.js";

const webhookSecret = "the secret of this process";
const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const directory = mkdtempSync(join(tmpdir(), "agentbot-log-"));
let server: ServerProcess;
let url = "";

beforeAll(async () => {
  server = startServerProcess({
    LOG_LEVEL: "trace",
    DATA_DIR: join(directory, "data"),
    AGENT_SANDBOX: "none",
    CLAUDE_BIN: fileURLToPath(new URL("../../../demo/agent/scripted-agent.mjs", import.meta.url)),
    TASK_MAX_ATTEMPTS: "1",
    GITHUB_APP_ID: "12345",
    GITHUB_PRIVATE_KEY: privateKey,
    GITHUB_WEBHOOK_SECRET: webhookSecret,
  });
  ({ url } = await server.listening);
});
afterAll(async () => {
  server.child.kill("SIGKILL");
  await server.ended;
  rmSync(directory, { recursive: true, force: true });
});

const linesWith = (key: string, value: unknown): readonly LogLine[] =>
  server.logs().filter((line) => line[key] === value);

/** Sends bytes that no HTTP client would. */
async function sendRaw(text: string): Promise<void> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.end(text);
  socket.resume();
  await once(socket, "close");
}

describe("the standard output of a real server", () => {
  test("identifies a request by its id and its trace, its delivery and its task by theirs", async () => {
    const payload = commentPayload("@agentbot fix it");
    const webhook = webhookRequest({ event: "issue_comment", payload, secret: webhookSecret });
    const requestId = "request-of-this-test";
    const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;
    const headers = { ...webhook.headers, "x-request-id": requestId, traceparent };
    const response = await fetch(`${url}/webhooks/github`, { ...webhook, headers });
    const { taskId } = (await response.json()) as { taskId: string };
    await server.said("Task begun");
    await server.said("Request answered");

    const ofRequest = linesWith("requestId", requestId);
    expect(ofRequest.map((line) => line["msg"])).toEqual(["Delivery recorded", "Request answered"]);
    for (const line of ofRequest) expect(line).toMatchObject({ trace_id: traceId, span_id: "00f067aa0ba902b7" });
    expect(ofRequest[0]).toMatchObject({ deliveryId: expect.any(String), taskId, status: "accepted" });
    expect(ofRequest[1]).toMatchObject({ method: "POST", path: "/webhooks/github", status: 200 });
    // The provider is down: every line about it names the task.
    await server.said("A dependency of the task is down; the task waits without using an attempt");
    const ofTask = linesWith("taskId", taskId);
    expect(ofTask.length).toBeGreaterThan(3);
    expect(ofTask.filter((line) => line["trace_id"] === traceId).length).toBeGreaterThan(2);
  });

  test("contains no query, and no signed bytes of a wrong signature", async () => {
    await fetch(`${url}/health?secret=hidden-in-the-query`);
    await fetch(`${url}/webhooks/github?secret=hidden-in-the-query`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-hub-signature-256": "sha256=hidden-signature" },
      body: '{"hidden":"in the body"}',
    });
    await server.said("Delivery refused: the signature is missing or wrong");
    const refused = linesWith("msg", "Delivery refused: the signature is missing or wrong")[0];
    expect(refused).toMatchObject({ level: 40, requestId: expect.any(String), remoteAddress: "127.0.0.1" });
    expect(linesWith("path", "/health").length).toBeGreaterThan(0);
    expect(JSON.stringify(server.logs())).not.toContain("hidden");
  });

  test("has no line that a stranger began", async () => {
    const forged = '{"level":60,"time":1,"msg":"forged"}';
    await fetch(`${url}/webhooks/x%0d%0a${encodeURIComponent(forged)}`, { method: "POST", body: "{}" });
    const event = webhookRequest({ event: "issue_comment", payload: commentPayload("x"), secret: webhookSecret });
    await fetch(`${url}/webhooks/github`, {
      ...event,
      headers: {
        ...event.headers,
        "x-github-event": `é\t${forged}`,
        "x-github-delivery": forged,
        "x-request-id": forged,
      },
    });
    await sendRaw(`GET /health\r\n${forged}\r\n HTTP/1.1\r\n\r\n`);
    await sendRaw(`GET /health HTTP/1.1\r\nHost: a\r\nX-Request-Id: a\n${forged}\r\nConnection: close\r\n\r\n`);
    await fetch(`${url}/livez`);
    server.child.kill("SIGTERM");
    const { stdout, stderr, code } = await server.ended;
    expect([code, stderr]).toEqual([0, ""]);
    const lines = stdout.split("\n").map((line) => JSON.parse(line) as LogLine);
    expect(lines.filter((line) => line["msg"] === "forged")).toEqual([]);
    expect(lines.every((line) => typeof line["level"] === "number" && Number(line["time"]) > 1)).toBe(true);
    for (const secret of [webhookSecret, privateKey.split("\n")[1] ?? ""]) expect(stdout).not.toContain(secret);
  });
});
