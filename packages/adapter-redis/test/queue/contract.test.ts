import { freshId, taskQueueContract } from "@agentbot/core/testing";
import { afterAll, describe, inject, test } from "vitest";
import { createRedisQueue } from "../../src/index.js";
import { clients } from "../fixtures/clients.js";

describe.each(clients)("a queue with $release", ({ connect }) => {
  const client = connect(inject("redisUrl"));
  afterAll(() => client.disconnect());

  const create = async () => {
    const queue = createRedisQueue({ client, name: freshId("queue") });
    const createLimited = async (installationConcurrency: number) =>
      createRedisQueue({ client, name: freshId("queue"), installationConcurrency });
    return { subject: { queue, createLimited }, dispose: () => queue.close() };
  };
  for (const { name, run } of taskQueueContract({ create })) test.concurrent(name, run);
});
