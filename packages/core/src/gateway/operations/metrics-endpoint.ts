import type { IncomingRequest } from "../../http/incoming-request.js";
import { OutgoingResponse } from "../../http/outgoing-response.js";
import { preferredType } from "../../http/preferred-type.js";
import { probe } from "../../lifecycle/probe.js";
import type { Metrics } from "../../ports/metrics.js";
import type { TaskQueue } from "../../ports/task-queue.js";

/** Dependencies of `/metrics`, and the maximum wait for the queue's counts, in milliseconds. */
export interface MetricsDeps {
  readonly metrics: Metrics;
  readonly queue: Pick<TaskQueue, "stats">;
  readonly timeoutMs: number;
}

/** `/metrics`: Prometheus text, or JSON if the client prefers it. A queue that is down leaves its last counts. */
export async function metricsResponse(
  { metrics, queue, timeoutMs }: MetricsDeps,
  request: IncomingRequest,
): Promise<OutgoingResponse> {
  const { value: stats } = await probe(() => queue.stats(), timeoutMs);
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
