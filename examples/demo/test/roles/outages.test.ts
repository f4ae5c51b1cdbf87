import { createServer } from "node:net";
import { eventually } from "@agentbot/core/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ServerProcess } from "../../../server/test/fixtures/server-process.js";
import { canary, type Fleet, startFleet } from "../fixtures/start-fleet.js";
import { commentOn, deliver } from "../fixtures/start-world.js";

const redisDown = "Redis does not answer; tasks are recorded, and run when it is back";
const postgresDown = "PostgreSQL does not answer; senders get 503 and no task begins until it is back";

/** Takes the place of a server that is down until its clients have tried so often to reach it. */
async function refuseConnections(port: number, times: number): Promise<void> {
  let tries = 0;
  const server = createServer((socket) => {
    tries += 1;
    socket.resetAndDestroy();
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  await eventually(`${times} connections`, () => tries >= times || null);
  await new Promise((resolve) => server.close(resolve));
}

describe("a gateway and a worker", () => {
  let fleet: Fleet;
  let gateway: ServerProcess;
  let worker: ServerProcess;
  let url: string;
  let workerUrl: string;

  beforeAll(async () => {
    fleet = await startFleet({ hasRedis: true, issueNumbers: Array.from({ length: 20 }, (_, index) => 500 + index) });
    gateway = fleet.start("gateway");
    worker = fleet.start("worker");
    ({ url } = await gateway.listening);
    ({ url: workerUrl } = await worker.listening);
  });
  afterAll(() => fleet.close());

  const linesOf = ({ logs }: ServerProcess, name: string): readonly unknown[] =>
    logs()
      .map(({ msg }) => msg)
      .filter((message) => String(message).startsWith(name));
  const health = async () => {
    const response = await fetch(`${url}/health`);
    return [response.status, (await response.json()) as { readonly status: string }] as const;
  };
  /** The answer of `/health` once it has this status: a result is served again for a second. */
  const healthWhen = (status: string) =>
    eventually(`the gateway to be ${status}`, async () => {
      const answer = await health();
      return answer[1].status === status ? answer : null;
    });

  test("answer every webhook while Redis is down, log it once, and run the tasks when it is back", async () => {
    await fleet.redis?.kill();
    const taskIds: string[] = [];
    for (let issueNumber = 500; issueNumber < 503; issueNumber += 1) {
      const answer = await deliver(url, commentOn(issueNumber, "@agentbot fix the typo"));
      expect(answer?.status).toBe(200);
      taskIds.push(answer?.taskId ?? "");
    }
    expect(await healthWhen("degraded")).toMatchObject([200, { checks: { redis: { healthy: false } } }]);
    for (const server of [gateway, worker]) await server.said(redisDown);
    await refuseConnections(fleet.redis?.port ?? 0, 8);
    for (const server of [gateway, worker]) expect(linesOf(server, "Redis")).toEqual([redisDown]);

    await fleet.redis?.start();
    for (const taskId of taskIds) await fleet.succeeded(taskId);
    for (const server of [gateway, worker]) {
      await server.said("Redis is back");
      expect(linesOf(server, "Redis")).toEqual([redisDown, "Redis is back"]);
    }
    await healthWhen("healthy");
  });

  test("send webhooks away while PostgreSQL is down, log it once, and take them when it is back", async () => {
    await fleet.postgres.stop("immediate");
    const refused = await fetch(`${url}/webhooks/github`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-hub-signature-256": "sha256=0" },
      body: "{}",
    });
    expect(refused.status).toBe(401);
    const payload = commentOn(510, "@agentbot fix the typo");
    for (let sent = 0; sent < 200; sent += 1) expect((await deliver(url, payload))?.status).toBe(503);
    expect(await healthWhen("unhealthy")).toMatchObject([503, { checks: { database: { healthy: false } } }]);
    for (const at of [url, workerUrl]) {
      const statuses = ["/livez", "/readyz"].map(async (path) => (await fetch(at + path)).status);
      expect(await Promise.all(statuses)).toEqual([200, 503]);
    }
    for (const server of [gateway, worker]) {
      await server.said(postgresDown);
      expect(linesOf(server, "PostgreSQL")).toEqual([postgresDown]);
    }

    await fleet.postgres.start();
    const look = async () => {
      const sent = await deliver(url, payload);
      return sent?.status === 200 ? sent : null;
    };
    const answer = await eventually("the webhook to be taken", look, { everyMs: 200 });
    await fleet.succeeded(answer.taskId);
    for (const server of [gateway, worker]) {
      await server.said("PostgreSQL is back");
      expect(linesOf(server, "PostgreSQL")).toEqual([postgresDown, "PostgreSQL is back"]);
      expect(JSON.stringify(server.logs())).not.toContain(canary);
    }
  });
});
