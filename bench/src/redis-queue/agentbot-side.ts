import { createRedisQueue } from "@agentbot/adapter-redis";
import type { QueueEntry, TaskQueue } from "@agentbot/core";
import { Redis } from "ioredis";
import type { QueueSide, RunningWorker } from "./queue-side.js";

const leaseMs = 30_000;
const claimWaitMs = 5000;

let made = 0;
/** As long as a task's own, which the gateway makes whatever the queue is: making it is not measured. */
const newId = (): string => `0198c0de-0000-7000-8000-${String(made++).padStart(12, "0")}`;

const newEntry = (): QueueEntry => ({
  id: newId(),
  kind: "task",
  lane: newId(),
  priority: 10,
  installationId: "0198c0de-0000-7000-8000-000000000001",
  delayMs: 0,
});

/** Our queue, worked on the way the worker's own loop does it: never more claimed than there are free places. */
export function createAgentbotSide(redisUrl: string, name: string): QueueSide {
  const client = new Redis(redisUrl);
  const queue = createRedisQueue({ client, name });
  // The worker's own, so that nothing is known there of what is added here; one for all workers of the process.
  let workerClient: Redis | null = null;
  return {
    add: () => queue.enqueue([newEntry()]),
    async addMany(count) {
      for (let added = 0; added < count; added += 1000)
        await queue.enqueue(Array.from({ length: Math.min(1000, count - added) }, newEntry));
    },
    async work(concurrency, onTask) {
      workerClient ??= new Redis(redisUrl);
      await workerClient.ping();
      return createWorker(createRedisQueue({ client: workerClient, name }), concurrency, onTask);
    },
    workHere: async (concurrency, onTask) => createWorker(createRedisQueue({ client, name }), concurrency, onTask),
    async close() {
      await queue.close();
      client.disconnect();
      workerClient?.disconnect();
    },
  };
}

function createWorker(queue: TaskQueue, concurrency: number, onTask: () => void): RunningWorker {
  const stopped = new AbortController();
  let loop = Promise.resolve();
  return {
    start() {
      loop = takeTasks(queue, concurrency, onTask, stopped.signal);
    },
    async stop() {
      stopped.abort();
      await loop;
      await queue.close();
    },
  };
}

async function takeTasks(
  queue: TaskQueue,
  concurrency: number,
  onTask: () => void,
  signal: AbortSignal,
): Promise<void> {
  const running = new Set<Promise<void>>();
  let onPlaceFreed = (): void => {};
  while (!signal.aborted) {
    if (running.size >= concurrency) {
      await new Promise<void>((resolve) => {
        onPlaceFreed = resolve;
      });
      continue;
    }
    const limit = concurrency - running.size;
    for (const entry of await queue.claim({ limit, leaseMs, waitMs: claimWaitMs, signal })) {
      const work = async (): Promise<void> => {
        onTask();
        await entry.complete();
      };
      const ended = work().finally(() => {
        running.delete(ended);
        onPlaceFreed();
      });
      running.add(ended);
    }
  }
  await Promise.all(running);
}
