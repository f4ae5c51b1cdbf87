import type { IncomingRequest } from "../../http/incoming-request.js";
import { OutgoingResponse } from "../../http/outgoing-response.js";
import { preferredType } from "../../http/preferred-type.js";
import type { Metrics } from "../../ports/metrics.js";
import type { DependencyLook } from "./dependency-look.js";

/** Dependencies of `/metrics`. */
export interface MetricsDeps {
  readonly metrics: Metrics;
  /** The look at the dependencies, shared by every request. */
  readonly look: () => Promise<DependencyLook>;
}

/** `/metrics`: Prometheus text, or JSON if the client prefers it. A queue that is down leaves its last counts. */
export async function metricsResponse(
  { metrics, look }: MetricsDeps,
  request: IncomingRequest,
): Promise<OutgoingResponse> {
  const { value: stats } = (await look()).queue;
  if (stats) {
    for (const state of ["waiting", "delayed", "claimed", "buried"] as const) {
      metrics.set("agentbot_tasks", stats[state], { state });
    }
    metrics.set("agentbot_queue_oldest_waiting_seconds", (stats.oldestWaitingMs ?? 0) / 1000);
  }
  const type = preferredType(request.headers.get("accept"), ["text/plain", "application/json"]);
  return type === "application/json"
    ? new OutgoingResponse(200, { "content-type": "application/json; charset=utf-8" }, metrics.render("json"))
    : new OutgoingResponse(200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" }, metrics.render("text"));
}
