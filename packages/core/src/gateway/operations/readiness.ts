import { jsonResponse } from "../../http/responses.js";
import { probe } from "../../lifecycle/probe.js";
import type { Store } from "../../ports/store.js";

/** Null when ready, else why not: a worker whose sandbox cannot start, say. */
export type ReadinessProbe = () => string | null;

/** What `/readyz` looks at. */
export interface ReadinessParts {
  readonly isDraining: () => boolean;
  readonly store: Pick<Store, "health">;
  readonly probes: readonly ReadinessProbe[];
  /** How long the store may take to answer, in milliseconds. */
  readonly timeoutMs: number;
}

/** `/livez`: the event loop turns. Never asks a dependency: its blip must not restart every process. */
export async function respondLiveness(): Promise<Response> {
  return jsonResponse(200, { status: "alive" });
}

/** `/readyz`: whether new work should come here. */
export async function respondReadiness({ isDraining, store, probes, timeoutMs }: ReadinessParts): Promise<Response> {
  if (isDraining()) return notReady(["draining"]);
  const reasons = probes.map((probe) => probe()).filter((reason) => reason !== null);
  const ping = await probe((options) => store.health.ping(options).then(() => true), timeoutMs);
  if (ping.value === null) reasons.push("the store does not answer");
  return reasons.length > 0 ? notReady(reasons) : jsonResponse(200, { status: "ready" });
}

function notReady(reasons: readonly string[]): Response {
  return jsonResponse(503, { status: "not ready", reasons }, { "retry-after": "5" });
}
