import type { TaskQueue } from "@agentbot/core";
import { maxTimerMs, once, parseOptions, type ShapeOf } from "@agentbot/core/adapter";
import { z } from "zod";
import { clientSchema, type RedisClient } from "../connection/redis-client.js";
import type { Claim } from "./calls/claims.js";
import { claimedEntry } from "./calls/settlement.js";
import { shareEngine } from "./queue-engine.js";
import { cancelScript } from "./scripts/cancel-script.js";
import { statsScript } from "./scripts/stats-script.js";

/** Options of {@link createRedisQueue}. */
export interface RedisQueueOptions {
  /** An ioredis client, one with Sentinels, or a Cluster; it stays yours to close. Waiting duplicates it. */
  readonly client: RedisClient;
  /** The waiting set's key; every other key is `{<name>}:…`. @defaultValue agent:tasks */
  readonly name?: string;
  /** Milliseconds of waiting that equal one priority step, so that nothing starves. @defaultValue 60000 */
  readonly agingMs?: number;
  /** Maximum number of claimed tasks of one installation; commands are not counted. @defaultValue any number */
  readonly installationConcurrency?: number;
  /** Maximum number of buried entries; the oldest are forgotten. @defaultValue 10000 */
  readonly buriedLimit?: number;
  /** Maximum wait for an answer of Redis, in milliseconds. @defaultValue 2000 */
  readonly timeoutMs?: number;
}

const optionsSchema = z.strictObject({
  client: clientSchema,
  name: z
    .string()
    .min(1)
    .regex(/^[^{}]+$/, "must not contain { or }, which decide where a Cluster keeps a key")
    .default("agent:tasks"),
  agingMs: z.number().positive().default(60_000),
  installationConcurrency: z.int().min(1).optional(),
  buriedLimit: z.int().positive().default(10_000),
  timeoutMs: z.int().positive().max(maxTimerMs).default(2000),
} satisfies ShapeOf<RedisQueueOptions>);

/**
 * A queue on Redis 6.2 or newer, for any number of processes. Redis may lose everything at any time: the store rebuilds it.
 * All queues of one client, name and options in a process share one blocking connection; claims of commands only take a
 * second one. Commands are claimed before tasks.
 *
 * @throws AgentBotError `CONFIGURATION_INVALID` naming every wrong option
 *
 * @example
 * const client = new Redis(url, { retryStrategy: redisRetryStrategy(), maxRetriesPerRequest: 1 });
 * const queue = createRedisQueue({ client });
 */
export function createRedisQueue(options: RedisQueueOptions): TaskQueue {
  const { client, ...settings } = parseOptions("createRedisQueue", optionsSchema, options);
  const { engine, release } = shareEngine(client, settings);
  const { batcher, runScript } = engine;
  const claims = new Set<Claim>();
  let isClosed = false;

  return {
    enqueue: engine.enqueue,
    async claim(request) {
      if (isClosed || request.signal.aborted || request.limit < 1) return [];
      const claim = batcher.claim(request);
      claims.add(claim);
      try {
        const leased = await claim.answered;
        return leased.map((one) => claimedEntry(one, batcher.settle));
      } finally {
        claims.delete(claim);
      }
    },
    async cancel(id) {
      batcher.releasePrefetched();
      return Number(await runScript({ script: cancelScript, args: [settings.buriedLimit, id] })) === 1;
    },
    async stats() {
      batcher.releasePrefetched();
      const reply = await runScript({ script: statsScript, args: [settings.buriedLimit] });
      const [waiting = 0, delayed = 0, claimed = 0, buried = 0, oldestMs = -1] = (reply as unknown[]).map(Number);
      return { waiting, delayed, claimed, buried, oldestWaitingMs: oldestMs < 0 ? null : oldestMs };
    },
    close: once(async () => {
      isClosed = true;
      for (const claim of claims) claim.answer([]);
      batcher.releasePrefetched();
      await batcher.settled();
      release();
    }),
  };
}
