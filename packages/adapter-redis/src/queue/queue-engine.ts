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

/** Makes a {@link QueueEngine}; it connects for waiting with the first claim that waits. */
export function createQueueEngine(client: RedisClient, settings: QueueSettings): QueueEngine {
  const { name, buriedLimit, timeoutMs } = settings;
  const { all, marker } = queueKeys(name);
  const runScript = createScriptRunner(client, all, timeoutMs);
  const cycle = createWorkCycle({
    ...settings,
    runScript,
    makeDoorbell: (onRing) => createDoorbell(client, marker, onRing),
    workerId: randomBytes(6).toString("hex"),
  });

  const batches = createBatches<QueueEntry>(batchSize, async (entries) => {
    const { args, isPlain } = enqueueArguments(entries, settings);
    const [single] = entries;
    const claimed =
      single && entries.length === 1 && isPlain
        ? cycle.claimByAdding(single, async ({ token, leaseUs, onLate, onDoubt }) => {
            const isClaimed = (reply: unknown): boolean => Number(reply) === 2;
            const run = { script: enqueueScript, args: [buriedLimit, 0, 1, token, leaseUs, ...args] };
            return isClaimed(await runScript({ ...run, onLate: (reply) => onLate(isClaimed(reply)), onDoubt }));
          })
        : null;
    if (claimed) return await claimed;
    // Our own workers that wait are asked for right behind it, on the same connection: they need no marker.
    const run = [buriedLimit, cycle.claimNext() ? 0 : 1, isPlain ? 1 : 0, "", 0, ...args];
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

/** The entries as the script takes them; plain when every one is due and has a task and a thread of its own among them. */
function enqueueArguments(entries: readonly QueueEntry[], { agingMs }: QueueSettings) {
  const taskIds = entries.map(({ taskId }) => taskId);
  const threadIds = entries.map(({ threadId }) => threadId);
  const offsetsUs = entries.map(({ priority }) => microseconds(priority * agingMs));
  const delaysUs = entries.map(({ delayMs }) => Math.max(0, microseconds(delayMs)));
  const isOfItsOwn = (texts: readonly string[]): boolean => texts.length === 1 || new Set(texts).size === texts.length;
  const isPlain = delaysUs.every((delayUs) => delayUs === 0) && isOfItsOwn(taskIds) && isOfItsOwn(threadIds);
  const lists = [
    wellFormedJson(taskIds),
    wellFormedJson(threadIds),
    JSON.stringify(offsetsUs),
    JSON.stringify(delaysUs),
  ];
  return { args: [...lists, ...entries.map(encodeEntry)], isPlain };
}
