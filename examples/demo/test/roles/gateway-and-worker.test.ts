import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "@agentbot/core/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ServerProcess } from "../../../server/test/fixtures/server-process.js";
import { canary, type Fleet, startFleet, waitingAgent } from "../fixtures/start-fleet.js";
import { commentOn, deliver } from "../fixtures/start-world.js";

const statusesOf = async (url: string, paths: readonly string[]): Promise<readonly number[]> =>
  Promise.all(paths.map(async (path) => (await fetch(url + path)).status));
const token = "a-token-of-this-test-with-32-characters";
const admin = { AGENTBOT_ADMIN_TOKEN: token };
const operations = ["/health", "/livez", "/readyz", "/metrics"];

describe.each([
  ["PostgreSQL and Redis", true],
  ["PostgreSQL alone", false],
])("a gateway and a worker on %s", (_, hasRedis) => {
  let fleet: Fleet;
  let gateway: ServerProcess;
  let worker: ServerProcess;
  let url: string;
  const directory = mkdtempSync(join(tmpdir(), "agentbot-roles-"));

  beforeAll(async () => {
    fleet = await startFleet({ hasRedis, issueNumbers: [401, 402] });
    // Both at once on an empty database: they take turns with its migrations.
    gateway = fleet.start("gateway", admin);
    worker = fleet.start("worker", admin);
    ({ url } = await gateway.listening);
    await worker.listening;
  });
  afterAll(async () => {
    await fleet.close();
    rmSync(directory, { recursive: true, force: true });
  });

  test("serve the operator's pages, and only the gateway takes webhooks", async () => {
    const { url: workerUrl } = await worker.listening;
    await eventually("the worker to be ready", async () => (await fetch(`${workerUrl}/readyz`)).ok || null);
    expect(await statusesOf(url, operations)).toEqual([200, 200, 200, 200]);
    expect(await statusesOf(workerUrl, operations)).toEqual([200, 200, 200, 200]);
    const health = async (at: string) =>
      (await fetch(`${at}/health`, { headers: { authorization: `Bearer ${token}` } })).json();
    const redis = hasRedis ? { healthy: true, warnings: expect.any(Array) } : { configured: false };
    expect(await health(url)).toMatchObject({ status: "healthy", role: "gateway", checks: { redis } });
    expect(await health(workerUrl)).toMatchObject({ status: "healthy", role: "worker", sandbox: "none" });
    expect((await fetch(`${workerUrl}/webhooks/github`, { method: "POST", body: "{}" })).status).toBe(404);
  });

  test("bring a webhook to a comment and a pull request", async () => {
    const answer = await deliver(url, commentOn(401, "@agentbot fix the typo"));
    expect(answer?.status).toBe(200);
    const taskId = answer?.taskId ?? "";
    await fleet.succeeded(taskId);
    const { comments, pullRequests } = fleet.world.local.github;
    const own = comments.filter(({ issueNumber }) => issueNumber === 401);
    expect(own).toHaveLength(1);
    expect(own[0]?.body).toContain("is done");
    expect(pullRequests.filter(({ head }) => head === `agentbot/${taskId}`)).toHaveLength(1);
  });

  test("pass a task whose worker is stopped to another one, without using up an attempt", async () => {
    worker.child.kill("SIGTERM");
    expect((await worker.ended).code).toBe(0);
    const agent = waitingAgent(mkdtempSync(join(directory, "agent-")));
    const first = fleet.start("worker", { CLAUDE_BIN: agent.program, SHUTDOWN_GRACE_SECONDS: "0" });
    await first.listening;
    const taskId = (await deliver(url, commentOn(402, "@agentbot fix the typo")))?.taskId ?? "";
    await eventually("the agent to begin", () => agent.hasBegun() || null);
    first.child.kill("SIGTERM");
    expect((await first.ended).code).toBe(0);
    expect(await fleet.task(taskId)).toMatchObject({ status: "queued" });

    worker = fleet.start("worker", { CLAUDE_BIN: agent.program });
    await fleet.succeeded(taskId);
    expect(await fleet.task(taskId)).toEqual({ status: "succeeded", attempt: 1, fence: 2 });
    expect(fleet.world.local.github.comments.filter(({ issueNumber }) => issueNumber === 402)).toHaveLength(1);
  });

  test("end with 0 on SIGTERM, and log no secret", async () => {
    for (const server of [gateway, worker]) {
      server.child.kill("SIGTERM");
      const { code, stdout, stderr } = await server.ended;
      expect([code, stderr]).toEqual([0, ""]);
      for (const secret of [Buffer.alloc(32, 7).toString("base64"), canary]) expect(stdout).not.toContain(secret);
    }
  });
});
