import { eventually, freshId, taskQueueContract } from "@agentbot/core/testing";
import { afterAll, beforeAll, describe, inject, test } from "vitest";
import { createRedisQueue, type RedisClient } from "../../src/index.js";
import { clients, connectCluster, startOneNodeCluster } from "../fixtures/clients.js";

describe.each(clients)("a queue with $release", ({ connect }) => {
  const client = connect(inject("redisUrl"));
  afterAll(() => client.disconnect());

  const create = async () => {
    const queue = createRedisQueue({ client, name: freshId("queue") });
    return { subject: { queue }, dispose: () => queue.close() };
  };
  for (const { name, run } of taskQueueContract({ create })) test.concurrent(name, run);
});

describe("a queue on a Cluster", () => {
  let client: RedisClient;
  let stop = async (): Promise<void> => {};
  beforeAll(async () => {
    const node = await startOneNodeCluster();
    client = connectCluster(node.port);
    await eventually("the new Cluster", () => client.status === "ready" || null);
    stop = async () => {
      client.disconnect();
      await node.close();
    };
  });
  afterAll(() => stop());

  const create = async () => {
    const queue = createRedisQueue({ client, name: freshId("queue") });
    return { subject: { queue }, dispose: () => queue.close() };
  };
  for (const { name, run } of taskQueueContract({ create })) test.concurrent(name, run);
});
