import { Queue, Worker } from "bullmq";
import { Redis } from "ioredis";
import type { QueueSide } from "./queue-side.js";

const data = {
  threadId: "0198c0de-0000-7000-8000-000000000002",
  installationId: "0198c0de-0000-7000-8000-000000000001",
};
const jobOptions = { removeOnComplete: true };

/** BullMQ as its guide sets it up, without priorities, retries or ids of our own: its cheapest path. */
export function createBullmqSide(redisUrl: string, name: string): QueueSide {
  const connect = (): Redis => new Redis(redisUrl, { maxRetriesPerRequest: null });
  const client = connect();
  const queue = new Queue(name, { connection: client, defaultJobOptions: jobOptions });
  let workerClient: Redis | null = null;
  const work: QueueSide["work"] = async (concurrency, onTask) => {
    workerClient ??= connect();
    const worker = new Worker(name, async () => onTask(), { connection: workerClient, concurrency, autorun: false });
    worker.on("error", () => {});
    await worker.waitUntilReady();
    return {
      start: () => void worker.run(),
      stop: () => worker.close(),
    };
  };
  return {
    async add() {
      await queue.add("task", data);
    },
    async addMany(count) {
      for (let added = 0; added < count; added += 1000) {
        const length = Math.min(1000, count - added);
        await queue.addBulk(Array.from({ length }, () => ({ name: "task", data })));
      }
    },
    work,
    workHere: work,
    async close() {
      await queue.close();
      client.disconnect();
      workerClient?.disconnect();
    },
  };
}
