import type { RouteContext } from "../../gateway/route.js";
import type { IncomingRequest } from "../../http/incoming-request.js";
import { problemResponse } from "../../http/responses.js";
import { withStoreTimeout } from "../../http/with-store-timeout.js";
import { isFinalStatus } from "../../task/task-status.js";
import type { AdminSettings } from "../admin-options.js";
import type { AdminParts } from "../admin-parts.js";
import { readQuery, respondParameters, wholeNumber } from "../read-query.js";
import { respondUnknownTask } from "../tasks/respond-unknown-task.js";
import { createEventStream } from "./event-stream.js";
import { followTask } from "./follow-task.js";
import type { OpenStreams } from "./open-streams.js";

const seq = wholeNumber(0, Number.MAX_SAFE_INTEGER);

const headers = {
  "content-type": "text/event-stream; charset=utf-8",
  // Nothing on the way may keep, gather or compress what is to arrive line by line.
  "cache-control": "no-store, no-transform",
  "x-accel-buffering": "no",
};

/** What the event stream works with. */
export interface StreamParts extends AdminParts {
  readonly streams: OpenStreams;
  readonly settings: Pick<AdminSettings, "heartbeatMs" | "pollMs">;
}

/**
 * `GET /api/tasks/{id}/events`: the transcript as server-sent events, from the line after `Last-Event-ID` (or `?after=`)
 * until the task has ended. 204 when it has and nothing follows: that tells an `EventSource` to come no more.
 */
export async function streamTaskEvents(
  parts: StreamParts,
  taskId: string,
  request: IncomingRequest,
  { logger }: RouteContext,
): Promise<Response> {
  const { store, storeTimeoutMs, streams, settings } = parts;
  const query = readQuery(request, { after: seq });
  if (query instanceof Response) return query;
  // An EventSource whose last id was reset has none: an empty header says no more than an absent one.
  const lastSeen = seq.safeParse(request.headers.get("last-event-id") || String(query.after ?? 0));
  if (!lastSeen.success) {
    return respondParameters([{ name: "Last-Event-ID", detail: lastSeen.error.issues[0]?.message ?? "not a seq" }]);
  }
  const afterSeq = lastSeen.data;
  const task = await withStoreTimeout(store.tasks.find(taskId), storeTimeoutMs);
  if (!task) return respondUnknownTask();
  const hasMore = async (): Promise<boolean> =>
    (await withStoreTimeout(store.transcript.read(taskId, { afterSeq, limit: 1 }), storeTimeoutMs)).length > 0;
  if (isFinalStatus(task.status) && !(await hasMore())) {
    return new Response(null, { status: 204, headers: { "cache-control": "no-store" } });
  }
  if (request.method === "HEAD") return new Response(null, { headers });

  let end = (): void => {};
  const place = streams.open(() => end());
  if (typeof place === "string") return respondNoPlace(place);
  const followed = followTask({ ...parts, ...settings, taskId, afterSeq, logger });
  const stream = createEventStream(followed, { signal: request.signal, onEnd: place.release });
  end = stream.end;
  return new Response(stream.body, { headers });
}

function respondNoPlace(why: "full" | "draining"): Response {
  return problemResponse({
    status: 503,
    code: why === "full" ? "STREAMS_EXHAUSTED" : "DRAINING",
    title: "No event stream now",
    detail:
      why === "full"
        ? "This process serves as many event streams as it may; try again, or read GET /api/tasks/{id}."
        : "This process is about to stop; connect again to reach another one.",
    headers: { "retry-after": why === "full" ? "5" : "1" },
  });
}
