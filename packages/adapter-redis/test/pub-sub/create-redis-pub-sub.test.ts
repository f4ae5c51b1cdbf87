import { eventually, pubSubContract } from "@agentbot/core/testing";
import { type PrivateRedis, startPrivateRedis } from "@agentbot/test-services";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRedisPubSub } from "../../src/index.js";
import { clients, connectCluster, startOneNodeCluster } from "../fixtures/clients.js";

let redis: PrivateRedis;
beforeAll(async () => {
  redis = await startPrivateRedis();
});
afterAll(() => redis.close());

describe.each(clients)("pub/sub with $release", ({ connect }) => {
  const contract = pubSubContract({
    create: async () => {
      const client = connect(redis.url);
      const pubSub = createRedisPubSub({ client });
      return {
        subject: pubSub,
        async dispose() {
          await pubSub.close();
          client.disconnect();
        },
      };
    },
  });
  for (const { name, run } of contract) test(name, run);

  test("notifies every subscriber once Redis is back, since a message may have been lost", async () => {
    const client = connect(redis.url);
    client.on("error", () => {});
    const pubSub = createRedisPubSub({ client });
    let woken = 0;
    pubSub.subscribe("task-1", () => {
      woken += 1;
    });
    await eventually("the subscription", () => {
      pubSub.publish("task-1");
      return woken > 0 ? true : null;
    });
    await redis.kill();
    await eventually("the loss", () => (client.status === "ready" ? null : true));
    pubSub.publish("task-1");
    const before = woken;
    await redis.start();
    await eventually("a wake-up that nobody published", () => (woken > before ? true : null));
    const after = woken;
    await eventually("a wake-up that was published", () => {
      pubSub.publish("task-1");
      return woken > after ? true : null;
    });
    await pubSub.close();
    client.disconnect();
  });

  test("reaches another process, over one more connection for all its channels", async () => {
    const [here, there] = [connect(redis.url), connect(redis.url)];
    const [publisher, listener] = [createRedisPubSub({ client: here }), createRedisPubSub({ client: there })];
    const connections = async (): Promise<number> =>
      Number(/connected_clients:(\d+)/.exec(String(await here.call("info", ["clients"])))?.[1]);
    const before = await connections();
    const woken = new Set<number>();
    for (let channel = 0; channel < 20; channel += 1) listener.subscribe(`c${channel}`, () => void woken.add(channel));
    await eventually("every channel", () => {
      for (let channel = 0; channel < 20; channel += 1) publisher.publish(`c${channel}`);
      return woken.size === 20 ? true : null;
    });
    expect(await connections()).toBeLessThanOrEqual(before + 2);
    await publisher.close();
    await listener.close();
    here.disconnect();
    there.disconnect();
  });
});

test("many publications of one turn are one message", async () => {
  const client = new Redis(redis.url);
  const watcher = new Redis(redis.url);
  const monitor = await watcher.monitor();
  const published: string[] = [];
  monitor.on("monitor", (_, [command, channel]) => {
    if (String(command).toLowerCase() === "publish") published.push(channel);
  });
  const pubSub = createRedisPubSub({ client });
  await eventually("the connection", () => (client.status === "ready" ? true : null));
  for (let times = 0; times < 100; times += 1) pubSub.publish("task-1");
  pubSub.publish("task-2");
  await eventually("both", () => (published.length >= 2 ? true : null));
  expect(published).toEqual(["{agent:tasks}:wakeup:task-1", "{agent:tasks}:wakeup:task-2"]);
  await pubSub.close();
  client.disconnect();
  monitor.disconnect();
  watcher.disconnect();
});

test("pub/sub works on a Cluster", async () => {
  const cluster = await startOneNodeCluster();
  const client = connectCluster(cluster.port);
  client.on("error", () => {});
  const pubSub = createRedisPubSub({ client });
  let woken = 0;
  pubSub.subscribe("task-1", () => {
    woken += 1;
  });
  await eventually("a wake-up", () => {
    pubSub.publish("task-1");
    return woken > 0 ? true : null;
  });
  await pubSub.close();
  client.disconnect();
  await cluster.close();
});
