import { eventually, freshId, queueEntryFixture, taskQueueContract } from "@agentbot/core/testing";
import { Cluster } from "ioredis";
import { Cluster as Cluster5 } from "ioredis-5";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRedisQueue } from "../../src/index.js";
import { startThreeNodeCluster, type ThreeNodeCluster } from "./support/three-node-cluster.js";

let nodes: ThreeNodeCluster;
beforeAll(async () => {
  nodes = await startThreeNodeCluster();
});
afterAll(() => nodes.close());

describe.each([
  { release: "ioredis 6", connect: (port: number) => new Cluster([{ host: "127.0.0.1", port }]) },
  { release: "ioredis 5", connect: (port: number) => new Cluster5([{ host: "127.0.0.1", port }]) },
])("a queue on a Cluster of three nodes with $release", ({ connect }) => {
  let client: ReturnType<typeof connect>;
  beforeAll(async () => {
    client = connect(nodes.ports[0] ?? 0);
    await eventually("the client", () => client.status === "ready" || null);
  });
  afterAll(() => client.disconnect());

  const create = async () => {
    const queue = createRedisQueue({ client, name: freshId("queue") });
    const createLimited = async (installationConcurrency: number) =>
      createRedisQueue({ client, name: freshId("queue"), installationConcurrency });
    return { subject: { queue, createLimited }, dispose: () => queue.close() };
  };
  for (const { name, run } of taskQueueContract({ create })) test.concurrent(name, run);

  test("has all its keys in one slot, whichever node that is on", async () => {
    for (let made = 0; made < 6; made += 1) {
      const name = freshId("queue");
      const queue = createRedisQueue({ client, name });
      await queue.enqueue([queueEntryFixture(), queueEntryFixture({ delayMs: 60_000 })]);
      const all = await Promise.all(client.nodes("master").map((node) => node.keys(`*${name}*`)));
      expect(all.filter((keys) => keys.length > 0)).toHaveLength(1);
      expect(all.flat()).toContain(name);
      await queue.close();
    }
  });
});
