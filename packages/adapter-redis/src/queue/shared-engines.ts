import type { RedisClient } from "../connection/redis-client.js";
import { createQueueEngine, type QueueEngine, type QueueSettings } from "./queue-engine.js";

/** A share in an engine. */
export interface EngineShare {
  readonly engine: QueueEngine;
  /** The last one closes the engine's connection. */
  release(): void;
}

interface SharedEngine {
  readonly engine: QueueEngine;
  shares: number;
}

const engines = new WeakMap<RedisClient, Map<string, SharedEngine>>();

/** Queues of one client, name and settings share an engine: one blocking connection, and their calls together, for all workers. */
export function shareEngine(client: RedisClient, settings: QueueSettings): EngineShare {
  const ofClient = engines.get(client) ?? new Map<string, SharedEngine>();
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
      shared.engine.cycle.close();
    },
  };
}
