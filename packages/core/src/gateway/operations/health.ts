import type { SetupCheck } from "../../composition/check-setup.js";
import type { IncomingRequest } from "../../http/incoming-request.js";
import { jsonResponse, type OutgoingResponse } from "../../http/outgoing-response.js";
import { probe } from "../../lifecycle/probe.js";
import type { Clock } from "../../ports/clock.js";
import type { Store } from "../../ports/store.js";
import type { TaskQueue } from "../../ports/task-queue.js";
import type { JsonObject } from "../../task/json.js";

/** Calls a dependency: throws if it does not answer, else returns warnings about its configuration, often none. */
export type HealthProbe = (options: { readonly signal: AbortSignal }) => Promise<readonly string[]>;

/** Returns null if the process is ready, else the reason, e.g. a sandbox that cannot start. */
export type ReadinessProbe = () => string | null;

/** Additions to `/health` and `/readyz`, which check store and queue. */
export interface HealthOptions {
  /** More dependencies for `/health`, by name; null for one that is not configured. A failing one is `degraded`. */
  readonly checks?: Readonly<Record<string, HealthProbe | null>>;
  /** More facts for `/health`, such as the role of the process; shown with the admin token only. */
  readonly facts?: JsonObject;
  /** More reasons for `/readyz` not to be ready. */
  readonly readiness?: readonly ReadinessProbe[];
}

/** Those of {@link HealthOptions} as checks at the start: whether they answer. Their warnings are in `/health` and the log. */
export function healthChecks(checks: NonNullable<HealthOptions["checks"]>): readonly SetupCheck[] {
  return Object.entries(checks).flatMap(([part, probeOf]) => {
    if (probeOf === null) return [];
    return [{ part, run: (options) => probeOf(options).then(() => []) }];
  });
}

/** Dependencies of the health routes. */
export interface HealthDeps extends Required<HealthOptions> {
  readonly store: Pick<Store, "health">;
  readonly queue: Pick<TaskQueue, "stats">;
  readonly clock: Clock;
  readonly version: string;
  readonly isDraining: () => boolean;
  /** True for a request that carries the admin token. */
  readonly isOperator: (headers: Headers) => boolean;
  /** Maximum wait for a dependency, in milliseconds. */
  readonly timeoutMs: number;
}

/** How long a result of the checks is served again, in milliseconds. */
const maxAgeMs = 1000;

/** The handlers of `/health`, `/livez` and `/readyz`. */
export interface HealthRoutes {
  readonly health: (request: IncomingRequest) => Promise<OutgoingResponse>;
  readonly liveness: () => Promise<OutgoingResponse>;
  readonly readiness: () => Promise<OutgoingResponse>;
}

/**
 * A dependency or the queue down is `degraded` and still 200; the store down is `unhealthy` and 503. At most one look at
 * the dependencies is under way, so that requests to `/health` cannot load them.
 */
export function createHealthRoutes(deps: HealthDeps): HealthRoutes {
  const { store, queue, clock, version, timeoutMs } = deps;
  const startedAtMs = clock.monotonicMs();
  const ping = () => probe(async (options) => store.health.ping(options).then(() => true), timeoutMs);

  const look = async (): Promise<{ readonly code: number; readonly body: JsonObject }> => {
    const [database, queueStats, others] = await Promise.all([
      ping(),
      probe(() => queue.stats(), timeoutMs),
      Promise.all(Object.entries(deps.checks).map(([name, check]) => checkOf(name, check, timeoutMs))),
    ]);
    const isDatabaseUp = database.value !== null;
    const isRestUp = queueStats.value !== null && others.every(({ isHealthy }) => isHealthy);
    const now = clock.now();
    return {
      code: isDatabaseUp ? 200 : 503,
      body: {
        status: !isDatabaseUp ? "unhealthy" : isRestUp ? "healthy" : "degraded",
        version,
        uptime_seconds: Math.floor((clock.monotonicMs() - startedAtMs) / 1000),
        timestamp: now.toISOString(),
        checks: {
          ...Object.fromEntries(others.map(({ name, json }) => [name, json])),
          database: { healthy: isDatabaseUp, latency_ms: database.latencyMs },
          queue: { healthy: queueStats.value !== null, queue_size: queueStats.value?.waiting ?? 0 },
        },
      },
    };
  };
  const latest = shareWithin(look, maxAgeMs, clock);

  return {
    async health(request) {
      const { code, body } = await latest();
      return jsonResponse(code, deps.isOperator(request.headers) ? { ...body, ...deps.facts } : body);
    },
    // Never calls a dependency: an outage of one must not restart every process.
    liveness: async () => jsonResponse(200, { status: "alive" }),
    async readiness() {
      if (deps.isDraining()) return notReady(["draining"]);
      const reasons = deps.readiness.map((reasonOf) => reasonOf()).filter((reason) => reason !== null);
      if ((await ping()).value === null) reasons.push("the store does not answer");
      return reasons.length > 0 ? notReady(reasons) : jsonResponse(200, { status: "ready" });
    },
  };
}

async function checkOf(name: string, check: HealthProbe | null, timeoutMs: number) {
  if (check === null) return { name, isHealthy: true, json: { healthy: true, latency_ms: 0, configured: false } };
  const { value: warnings, latencyMs } = await probe(check, timeoutMs);
  const json = { healthy: warnings !== null, latency_ms: latencyMs, ...(warnings?.length ? { warnings } : {}) };
  return { name, isHealthy: warnings !== null, json };
}

function notReady(reasons: readonly string[]): OutgoingResponse {
  return jsonResponse(503, { status: "not ready", reasons }, { "retry-after": "5" });
}

/** Calls `look` for the first of many callers; the others get the same result until it is `maxAgeMs` old. */
function shareWithin<Result>(look: () => Promise<Result>, maxAgeMs: number, clock: Clock): () => Promise<Result> {
  let shared: { readonly result: Promise<Result>; endedAtMs: number } | null = null;
  return () => {
    if (shared !== null && clock.monotonicMs() - shared.endedAtMs < maxAgeMs) return shared.result;
    const started = { result: look(), endedAtMs: Number.POSITIVE_INFINITY };
    shared = started;
    void started.result.finally(() => {
      started.endedAtMs = clock.monotonicMs();
    });
    return started.result;
  };
}
