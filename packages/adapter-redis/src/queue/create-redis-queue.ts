import type { TaskQueue } from "@agentbot/core";
import { once, parseOptions } from "@agentbot/core/adapter";
import { z } from "zod";
import { clientSchema } from "../connection/client-schema.js";
import type { RedisClient } from "../connection/redis-client.js";
import { claimedEntry } from "./claimed-entry.js";
import type { WaitingClaim } from "./cycle/waiting-claim.js";
import { cancelScript, drainScript } from "./scripts/cancel-script.js";
import { pauseScript } from "./scripts/pause-script.js";
import { statsScript } from "./scripts/stats-script.js";
import { shareEngine } from "./shared-engines.js";

/** What {@link createRedisQueue} takes. */
export interface RedisQueueOptions {
  /** An ioredis client, one with Sentinels, or a Cluster; it stays yours to close. Waiting makes one more like it. */
  readonly client: RedisClient;
  /** The waiting set's key; every other key is `{<name>}:…`. @defaultValue agent:tasks */
  readonly name?: string;
  /** One step of priority is worth so many milliseconds of waiting, so that nothing starves. @defaultValue 60000 */
  readonly agingMs?: number;
  /** At most so many entries of one repository are claimed at once; 0 for no limit. @defaultValue 0 */
  readonly repositoryConcurrency?: number;
  /** At most so many entries of one installation are claimed at once; 0 for no limit. @defaultValue 0 */
  readonly installationConcurrency?: number;
  /** How many buried entries are kept; the oldest are forgotten. @defaultValue 10000 */
  readonly buriedLimit?: number;
  /** How long Redis may take to answer, in milliseconds. @defaultValue 2000 */
  readonly timeoutMs?: number;
}

/** A queue on Redis, with what an operator needs beyond the port. */
export interface RedisQueue extends TaskQueue {
  /** Nothing is claimed any more, by any process, until `resume`. What is claimed goes on. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Takes out all waiting and delayed entries; returns how many. */
  drain(): Promise<number>;
}

const optionsSchema = z.strictObject({
  client: clientSchema,
  name: z
    .string()
    .min(1)
    .regex(/^[^{}]+$/, "must not contain { or }, which say where a Cluster keeps a key")
    .default("agent:tasks"),
  agingMs: z.number().positive().default(60_000),
  repositoryConcurrency: z.int().min(0).default(0),
  installationConcurrency: z.int().min(0).default(0),
  buriedLimit: z.int().positive().default(10_000),
  timeoutMs: z.int().positive().default(2000),
});

/**
 * A queue on Redis 6.2 or newer, for any number of processes. Redis may lose everything at any time: the store rebuilds it.
 * All queues of one client and name in a process share one blocking connection.
 *
 * @throws AgentBotError `CONFIGURATION_INVALID` naming every wrong option
 *
 * @example
 * const client = new Redis(url, { retryStrategy: redisRetryStrategy(), maxRetriesPerRequest: 1 });
 * const queue = createRedisQueue({ client });
 */
export function createRedisQueue(options: RedisQueueOptions): RedisQueue {
  const { client, ...settings } = parseOptions("createRedisQueue", optionsSchema, options);
  const { engine, release } = shareEngine(client, settings);
  const { cycle, runScript } = engine;
  const claims = new Set<WaitingClaim>();
  let isClosed = false;

  return {
    enqueue: engine.enqueue,
    async claim(request) {
      if (isClosed || request.signal.aborted || request.limit < 1) return [];
      const claim = cycle.claim(request);
      claims.add(claim);
      try {
        const leased = await claim.answered;
        return leased.map((one) => claimedEntry(one, cycle));
      } finally {
        claims.delete(claim);
      }
    },
    async cancel(taskId) {
      cycle.releaseAhead();
      return Number(await runScript({ script: cancelScript, args: [settings.buriedLimit, taskId] })) === 1;
    },
    async stats() {
      cycle.releaseAhead();
      const reply = await runScript({ script: statsScript, args: [settings.buriedLimit] });
      const [waiting = 0, delayed = 0, claimed = 0, buried = 0, oldestMs = -1] = (reply as unknown[]).map(Number);
      return { waiting, delayed, claimed, buried, oldestWaitingMs: oldestMs < 0 ? null : oldestMs };
    },
    async pause() {
      await runScript({ script: pauseScript, args: [1] });
    },
    async resume() {
      await runScript({ script: pauseScript, args: [0] });
    },
    async drain() {
      cycle.releaseAhead();
      let drained = 0;
      for (let batch = 1; batch > 0; drained += batch)
        batch = Number(await runScript({ script: drainScript, args: [] }));
      return drained;
    },
    close: once(async () => {
      isClosed = true;
      for (const claim of claims) claim.answer([]);
      cycle.releaseAhead();
      // What a call on its way brings for them is given back.
      await cycle.idle();
      release();
    }),
  };
}
