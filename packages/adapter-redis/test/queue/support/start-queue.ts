import type { ClaimedEntry, QueueEntry, TaskQueue } from "@agentbot/core";
import { eventually, freshId, queueEntryFixture } from "@agentbot/core/testing";
import { Redis } from "ioredis";
import { createRedisQueue, type RedisQueueOptions, redisRetryStrategy } from "../../../src/index.js";

/** A queue of a test, with the client it works on. */
export interface TestQueue extends AsyncDisposable {
  readonly name: string;
  readonly client: Redis;
  readonly queue: TaskQueue;
  /** Claims at once, under a lease that outlives the test. */
  claim(limit?: number, leaseMs?: number, kind?: QueueEntry["kind"]): Promise<readonly ClaimedEntry[]>;
  /** The first entry there is to claim, waited for. */
  claimOne(leaseMs?: number): Promise<ClaimedEntry>;
  /** Closes the queue and its client. */
  close(): Promise<void>;
}

/** A queue of one's own on a Redis. */
export function startQueue(url: string, options: Partial<RedisQueueOptions> = {}): TestQueue {
  const client = new Redis(url, {
    retryStrategy: redisRetryStrategy({ baseMs: 10, capMs: 50 }),
    maxRetriesPerRequest: 1,
  });
  client.on("error", () => {});
  const name = options.name ?? freshId("queue");
  const queue = createRedisQueue({ client, name, ...options });
  const signal = new AbortController().signal;
  const close = async (): Promise<void> => {
    await queue.close();
    client.disconnect();
  };
  return {
    name,
    client,
    queue,
    claim: (limit = 100, leaseMs = 600_000, kind) =>
      queue.claim({ limit, leaseMs, waitMs: 0, signal, ...(kind ? { kind } : {}) }),
    claimOne: (leaseMs = 600_000) =>
      eventually("an entry to claim", async () => {
        const [claimed] = await queue.claim({ limit: 1, leaseMs, waitMs: 5000, signal });
        return claimed ?? null;
      }),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Entries of one lane whose ids were made a second apart. */
export function entriesInTime(count: number, overrides: Partial<QueueEntry> = {}): readonly QueueEntry[] {
  const { lane } = queueEntryFixture();
  return Array.from({ length: count }, (_, index) => {
    const entry = queueEntryFixture({ lane, ...overrides });
    const time = (0x0198c0de0000 + index * 1000).toString(16).padStart(12, "0");
    return { ...entry, id: `${time.slice(0, 8)}-${time.slice(8)}${entry.id.slice(13)}` };
  });
}
