import { randomBytes } from "node:crypto";
import type { QueueEntry } from "@agentbot/core";
import type { RedisClient } from "../connection/redis-client.js";
import { createWorkCycle } from "./cycle/create-work-cycle.js";
import type { WorkCycle } from "./cycle/work-cycle.js";
import { createDoorbell } from "./doorbell.js";
import { microseconds } from "./microseconds.js";
import { createBatches } from "./microtask-batches.js";
import { queueKeys } from "./queue-keys.js";
import { encodeEntry } from "./queue-record.js";
import { createScriptRunner, type ScriptRunner } from "./run-script.js";
import { enqueueScript } from "./scripts/enqueue-script.js";
import { wellFormedJson } from "./well-formed-json.js";

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
/**
 * Long enough that a lease on a UUID has more than the 64 bytes up to which Redis keeps a small sorted set as a list, in
 * which it looks for each member from the beginning (`zset-max-listpack-value`): a hundred leases took a quarter of its time.
 */
const workerIdBytes = 13;

/** Makes a {@link QueueEngine}; it connects for waiting with the first claim that waits. */
export function createQueueEngine(client: RedisClient, settings: QueueSettings): QueueEngine {
  const { name, buriedLimit, timeoutMs } = settings;
  const { all, marker } = queueKeys(name);
  const runScript = createScriptRunner(client, all, timeoutMs);
  const cycle = createWorkCycle({
    ...settings,
    runScript,
    makeDoorbell: (onRing) => createDoorbell(client, marker, onRing),
    workerId: randomBytes(workerIdBytes).toString("hex"),
  });

  const batches = createBatches<QueueEntry>(batchSize, async (entries) => {
    const args = enqueueArguments(entries, settings);
    const [single] = entries;
    const claimed =
      single && entries.length === 1 && isDue(single)
        ? cycle.claimByAdding(single, async ({ token, leaseUs, onLate, onDoubt }) => {
            const reply = await runScript({
              script: enqueueScript,
              args: [buriedLimit, 0, token, leaseUs, ...args],
              onLate: (late) => onLate(isClaimed(late)),
              onDoubt,
            });
            return isClaimed(reply);
          })
        : null;
    if (claimed) return await claimed;
    // Our own workers that wait are asked for right behind it, on the same connection: they need no marker.
    const run = [buriedLimit, cycle.claimNext() ? 0 : 1, "", 0, ...args];
    const onUnknown = (): void => {
      // Our workers have looked by the time it runs.
      run[1] = 1;
    };
    await runScript({ script: enqueueScript, args: run, onUnknown });
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

const isClaimed = (reply: unknown): boolean => Number(reply) === 2;

const isDue = ({ delayMs }: QueueEntry): boolean => !(delayMs > 0);

/** The entries as the script takes them: lists in one text, since each argument costs. */
function enqueueArguments(entries: readonly QueueEntry[], { agingMs }: QueueSettings): string[] {
  const lists: unknown[][] = [
    entries.map(({ taskId }) => taskId),
    entries.map(({ threadId }) => threadId),
    entries.map(({ priority }) => microseconds(priority * agingMs)),
  ];
  if (!entries.every(isDue)) lists.push(entries.map(({ delayMs }) => Math.max(0, microseconds(delayMs))));
  return [wellFormedJson(lists), ...entries.map(encodeEntry)];
}
