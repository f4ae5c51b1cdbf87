import type { IncomingRequest } from "../../http/incoming-request.js";
import { preferredType } from "../../http/preferred-type.js";
import { probe } from "../../lifecycle/probe.js";
import type { Metrics } from "../../ports/metrics.js";
import type { TaskQueue } from "../../ports/task-queue.js";

/** `/metrics`: Prometheus text, or JSON for who likes that better. A queue that is down leaves its last figures. */
export async function respondMetrics(
  { metrics, queue, timeoutMs }: { readonly metrics: Metrics; readonly queue: TaskQueue; readonly timeoutMs: number },
  request: IncomingRequest,
): Promise<Response> {
  const { value: stats } = await probe(() => queue.stats(), timeoutMs);
  if (stats) {
    metrics.set("agentbot_tasks", stats.waiting, { state: "waiting" });
    metrics.set("agentbot_tasks", stats.delayed, { state: "delayed" });
    metrics.set("agentbot_tasks", stats.claimed, { state: "claimed" });
    metrics.set("agentbot_tasks", stats.buried, { state: "buried" });
    metrics.set("agentbot_queue_oldest_waiting_seconds", (stats.oldestWaitingMs ?? 0) / 1000);
  }
  const isJson =
    preferredType(request.headers.get("accept"), ["text/plain", "application/json"]) === "application/json";
  return new Response(metrics.render(isJson ? "json" : "text"), {
    headers: {
      "content-type": isJson ? "application/json; charset=utf-8" : "text/plain; version=0.0.4; charset=utf-8",
    },
  });
}
