import { createRedisQueue } from "@agentbot/adapter-redis";
import type { QueueEntry, TaskQueue } from "@agentbot/core";
import { createMemoryQueue } from "@agentbot/core/memory";
import { createManualClock, freshId } from "@agentbot/core/testing";
import { Redis } from "ioredis";
import { inject } from "vitest";
import { openPostgresStore } from "../../../packages/adapter-postgres/test/fixtures/open-store.js";
import { withManualTime as withPostgresTime } from "../../../packages/adapter-postgres/test/queue/support/manual-time.js";
import { emptyQueueSubject } from "../../../packages/adapter-postgres/test/queue/support/queue-subject.js";
import { withManualTime as withRedisTime } from "../../../packages/adapter-redis/test/queue/support/manual-time.js";

/** A queue whose time a test sets. */
export interface TimedQueue {
  readonly queue: TaskQueue;
  setTime(time: Date): Promise<void>;
  /** Makes the tasks of entries, for a queue that lives among them. */
  prepare(entries: readonly QueueEntry[]): Promise<void>;
  close(): Promise<void>;
}

function onMemory(): TimedQueue {
  const clock = createManualClock();
  const queue = createMemoryQueue({ clock });
  return { queue, setTime: async (time) => clock.set(time), prepare: async () => {}, close: () => queue.close() };
}

function onRedis(): TimedQueue {
  const client = new Redis(inject("redisUrl"));
  const name = freshId("starvation");
  const manual = withRedisTime(client, name);
  const queue = createRedisQueue({ client: manual, name });
  return {
    queue,
    setTime: (time) => manual.setTime(time.getTime()),
    prepare: async () => {},
    async close() {
      await queue.close();
      client.disconnect();
    },
  };
}

const { server } = await openPostgresStore();
const manual = await withPostgresTime(server);

async function onPostgres(): Promise<TimedQueue> {
  const { queue, prepare } = await emptyQueueSubject(manual.database);
  return {
    queue,
    setTime: manual.setTime,
    prepare: async (entries) => await prepare?.(entries),
    close: () => queue.close(),
  };
}

/** Every queue there is, under a clock of the test's. */
export const timedQueues = { memory: onMemory, redis: onRedis, postgres: onPostgres } as const;
