import type { TokenGate } from "../../api/require-token.js";
import type { SetupCheck } from "../../composition/check-setup.js";
import { jsonResponse, type OutgoingResponse } from "../../http/outgoing-response.js";
import type { Probed } from "../../lifecycle/probe.js";
import type { Clock } from "../../ports/clock.js";
import type { JsonObject } from "../../task/json.js";
import type { Route } from "../route.js";
import type { DependencyLook } from "./dependency-look.js";

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
export interface HealthDeps extends Pick<Required<HealthOptions>, "facts" | "readiness"> {
  /** The look at the dependencies, shared by every request. */
  readonly look: () => Promise<DependencyLook>;
  readonly clock: Clock;
  readonly version: string;
  readonly isDraining: () => boolean;
  /** Admits the operator to the facts. */
  readonly gate: TokenGate;
}

/** The handlers of `/health`, `/livez` and `/readyz`. */
export interface HealthRoutes {
  readonly health: Route["handle"];
  readonly liveness: () => Promise<OutgoingResponse>;
  readonly readiness: () => Promise<OutgoingResponse>;
}

/**
 * A dependency or the queue down is `degraded` and still 200; the store down is `unhealthy` and 503. Facts and warnings,
 * which describe the set-up of the server, need the admin token.
 */
export function createHealthRoutes({ look, clock, version, ...deps }: HealthDeps): HealthRoutes {
  const startedAtMs = clock.monotonicMs();
  return {
    async health({ headers }, { client }) {
      const isOperator = headers.has("authorization") && (await deps.gate.admit(headers, client)) === "admitted";
      const { database, queue, checks } = await look();
      const isDatabaseUp = database.value !== null;
      const isRestUp = queue.value !== null && checks.every(([, result]) => result?.value !== null);
      return jsonResponse(isDatabaseUp ? 200 : 503, {
        status: !isDatabaseUp ? "unhealthy" : isRestUp ? "healthy" : "degraded",
        version,
        uptime_seconds: Math.floor((clock.monotonicMs() - startedAtMs) / 1000),
        timestamp: clock.now().toISOString(),
        checks: {
          ...Object.fromEntries(checks.map(([name, result]) => [name, checkJson(result, isOperator)])),
          database: { healthy: isDatabaseUp, latency_ms: database.latencyMs },
          queue: { healthy: queue.value !== null, queue_size: queue.value?.waiting ?? 0 },
        },
        ...(isOperator ? deps.facts : {}),
      });
    },
    // Never calls a dependency: an outage of one must not restart every process.
    liveness: async () => jsonResponse(200, { status: "alive" }),
    async readiness() {
      if (deps.isDraining()) return notReady(["draining"]);
      const reasons = deps.readiness.map((reasonOf) => reasonOf()).filter((reason) => reason !== null);
      if ((await look()).database.value === null) reasons.push("the store does not answer");
      return reasons.length > 0 ? notReady(reasons) : jsonResponse(200, { status: "ready" });
    },
  };
}

function checkJson(result: Probed<readonly string[]> | null, isOperator: boolean): JsonObject {
  if (result === null) return { healthy: true, latency_ms: 0, configured: false };
  const { value: warnings, latencyMs } = result;
  const isShown = isOperator && warnings !== null && warnings.length > 0;
  return { healthy: warnings !== null, latency_ms: latencyMs, ...(isShown ? { warnings } : {}) };
}

function notReady(reasons: readonly string[]): OutgoingResponse {
  return jsonResponse(503, { status: "not ready", reasons }, { "retry-after": "5" });
}
