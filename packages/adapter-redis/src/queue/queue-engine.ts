import { randomBytes } from "node:crypto";
import type { QueueEntry } from "@agentbot/core";
import type { RedisClient } from "../connection/redis-client.js";
import { type CommandBatcher, createCommandBatcher } from "./calls/command-batcher.js";
import { createEnqueueBatches } from "./calls/enqueue-batches.js";
import { createMarkerListener } from "./marker-listener.js";
import { createScriptRunner, type ScriptRunner } from "./script-runner.js";
import { queueKeys } from "./scripts/queue-keys.js";

/** The settings that all queue objects of one engine share. */
export interface QueueSettings {
  readonly name: string;
  readonly agingMs: number;
  readonly installationConcurrency?: number | undefined;
  readonly buriedLimit: number;
  readonly timeoutMs: number;
}

/** One queue in this process, shared by any number of queue objects. */
export interface QueueEngine {
  readonly batcher: CommandBatcher;
  readonly runScript: ScriptRunner;
  enqueue(entries: readonly QueueEntry[]): Promise<void>;
}

/** A share in an engine; the last release closes the engine's connections. */
export interface EngineShare {
  readonly engine: QueueEngine;
  release(): void;
}

const engines = new WeakMap<RedisClient, Map<string, { readonly engine: QueueEngine; shares: number }>>();

/** Queues of one client, name and settings share an engine: one blocking connection, and shared calls, for all workers. */
export function shareEngine(client: RedisClient, settings: QueueSettings): EngineShare {
  const ofClient = engines.get(client) ?? new Map<string, { readonly engine: QueueEngine; shares: number }>();
  engines.set(client, ofClient);
  const key = JSON.stringify(settings);
  const shared = ofClient.get(key) ?? { engine: createQueueEngine(client, settings), shares: 0 };
  ofClient.set(key, shared);
  shared.shares += 1;
  return {
    engine: shared.engine,
    release() {
      shared.shares -= 1;
      if (shared.shares > 0) return;
      ofClient.delete(key);
      shared.engine.batcher.close();
    },
  };
}

/**
 * Long enough that a lease on a UUID has more than the 64 bytes up to which Redis keeps a small sorted set as a list
 * (`zset-max-listpack-value`), in which it searches each member from the start: with a hundred leases that took a quarter of
 * its time.
 */
const workerIdBytes = 13;

function createQueueEngine(client: RedisClient, settings: QueueSettings): QueueEngine {
  const { given, markers } = queueKeys(settings.name);
  const runScript = createScriptRunner(client, given, settings.timeoutMs);
  const batcher = createCommandBatcher({
    ...settings,
    runScript,
    createListener: (kinds, onWake) =>
      createMarkerListener(
        client,
        kinds.map((kind) => markers[kind]),
        onWake,
      ),
    workerId: randomBytes(workerIdBytes).toString("hex"),
  });
  return { batcher, runScript, enqueue: createEnqueueBatches(batcher.enqueueAndClaim).add };
}
