import { jsonResponse } from "../../http/responses.js";
import { probe } from "../../lifecycle/probe.js";
import type { Clock } from "../../ports/clock.js";
import type { Store } from "../../ports/store.js";
import type { TaskQueue } from "../../ports/task-queue.js";
import type { JsonObject } from "../../task/json.js";

/** Asks something a gateway leans on: throws when it does not answer, else gives warnings of how it is set up, often none. */
export type HealthProbe = (options: { readonly signal: AbortSignal }) => Promise<readonly string[]>;

/** What `/health` looks at. */
export interface HealthParts {
  readonly store: Pick<Store, "health">;
  readonly queue: TaskQueue;
  /** Asks Redis; null when it is not configured. */
  readonly redis: HealthProbe | null;
  readonly clock: Clock;
  readonly version: string;
  readonly startedAt: Date;
  /** More facts to show, such as the sandbox in use. */
  readonly facts: JsonObject;
  /** How long a dependency may take to answer, in milliseconds. */
  readonly timeoutMs: number;
}

/** `/health`: Redis or the queue down is degraded and still 200; the database down is unhealthy and 503. */
export async function respondHealth(parts: HealthParts): Promise<Response> {
  const { store, queue, redis, timeoutMs } = parts;
  const [database, queueStats, redisProbe] = await Promise.all([
    probe((options) => store.health.ping(options).then(() => true), timeoutMs),
    probe(() => queue.stats(), timeoutMs),
    redis === null ? null : probe(redis, timeoutMs),
  ]);
  const isDatabaseUp = database.value !== null;
  const isQueueUp = queueStats.value !== null;
  const isRedisUp = redisProbe === null || redisProbe.value !== null;
  const warnings = redisProbe?.value ?? [];
  const status = !isDatabaseUp ? "unhealthy" : isQueueUp && isRedisUp ? "healthy" : "degraded";
  const now = parts.clock.now();
  return jsonResponse(isDatabaseUp ? 200 : 503, {
    status,
    version: parts.version,
    uptime_seconds: Math.floor((now.getTime() - parts.startedAt.getTime()) / 1000),
    timestamp: now.toISOString(),
    checks: {
      redis:
        redisProbe === null
          ? { healthy: true, latency_ms: 0, configured: false }
          : { healthy: isRedisUp, latency_ms: redisProbe.latencyMs, ...(warnings.length > 0 ? { warnings } : {}) },
      database: { healthy: isDatabaseUp, latency_ms: database.latencyMs },
      queue: { healthy: isQueueUp, queue_size: queueStats.value?.waiting ?? 0 },
    },
    ...parts.facts,
  });
}
