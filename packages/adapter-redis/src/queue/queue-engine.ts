import { randomBytes } from "node:crypto";
import type { QueueEntry } from "@agentbot/core";
import type { RedisClient } from "../connection/redis-client.js";
import { createWorkCycle, type WorkCycle } from "./cycle/work-cycle.js";
import { createDoorbell } from "./doorbell.js";
import { microseconds } from "./microseconds.js";
import { createBatches } from "./microtask-batches.js";
import { queueKeys } from "./queue-keys.js";
import { encodeEntry } from "./queue-record.js";
import { createScriptRunner, type ScriptRunner } from "./run-script.js";
import { enqueueScript } from "./scripts/enqueue-script.js";

/** What all queue objects of one name in this process agree on. */
export interface QueueSettings {
  readonly name: string;
  readonly agingMs: number;
  readonly repositoryConcurrency: number;
  readonly installationConcurrency: number;
  readonly buriedLimit: number;
  readonly timeoutMs: number;
}

/** One queue in this process, however many objects share it. */
export interface QueueEngine {
  readonly cycle: WorkCycle;
  readonly runScript: ScriptRunner;
  enqueue(entries: readonly QueueEntry[]): Promise<void>;
}

/** How many entries one call adds. */
const batchSize = 500;

/** Makes a {@link QueueEngine}; it connects for waiting with the first claim that waits. */
export function createQueueEngine(client: RedisClient, settings: QueueSettings): QueueEngine {
  const { name, agingMs, buriedLimit, timeoutMs } = settings;
  const { all, marker } = queueKeys(name);
  const runScript = createScriptRunner(client, all, timeoutMs);
  const cycle = createWorkCycle({
    ...settings,
    runScript,
    makeDoorbell: (onRing) => createDoorbell(client, marker, onRing),
    workerId: randomBytes(6).toString("hex"),
  });

  const batches = createBatches<QueueEntry>(batchSize, async (entries) => {
    // Our own workers that wait are asked for right behind it, on the same connection: they need no marker.
    const isOurs = cycle.claimNext();
    const args: (string | number)[] = [buriedLimit, isOurs ? 0 : 1, 1];
    const seen = new Set<string>();
    for (const entry of entries) {
      const { taskId, threadId, priority, delayMs } = entry;
      const delayUs = Math.max(0, microseconds(delayMs));
      if (delayUs > 0) args[2] = 0;
      seen.add(`task ${taskId}`).add(`thread ${threadId}`);
      args.push(taskId, microseconds(priority * agingMs), delayUs, threadId, encodeEntry(entry));
    }
    if (seen.size < 2 * entries.length) args[2] = 0;
    const onUnknown = (): void => {
      // Our workers have looked by the time it runs.
      args[1] = 1;
    };
    await runScript({ script: enqueueScript, args, onUnknown });
  });

  return {
    cycle,
    runScript,
    async enqueue(entries) {
      if (entries.length <= batchSize) return entries.length > 0 ? await batches.add(entries) : undefined;
      const parts = Array.from({ length: Math.ceil(entries.length / batchSize) }, (_, part) =>
        batches.add(entries.slice(part * batchSize, (part + 1) * batchSize)),
      );
      await Promise.all(parts);
    },
  };
}
