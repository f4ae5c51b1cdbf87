import type { RouteContext } from "../../gateway/route.js";
import type { IncomingRequest } from "../../http/incoming-request.js";
import { OutgoingResponse, problemResponse } from "../../http/outgoing-response.js";
import { withStoreTimeout } from "../../http/with-store-timeout.js";
import { isFinalStatus } from "../../task/task.js";
import type { AdminSettings } from "../admin-options.js";
import type { AdminDeps } from "../create-admin-api.js";
import { parameterProblem, readQuery, wholeNumber } from "../read-query.js";
import { unknownTask } from "../tasks/read-tasks.js";
import { createEventStream } from "./event-stream.js";
import { followTask } from "./follow-task.js";

const seq = wholeNumber(0, Number.MAX_SAFE_INTEGER);

const headers = {
  "content-type": "text/event-stream; charset=utf-8",
  // No intermediary may store, buffer or compress lines that are to arrive one by one.
  "cache-control": "no-store, no-transform",
  "x-accel-buffering": "no",
};

/** Dependencies of the event stream. */
export interface StreamDeps extends AdminDeps {
  readonly streams: OpenStreams;
  readonly settings: Pick<AdminSettings, "heartbeatMs" | "pollMs">;
}

/**
 * `GET /api/tasks/{id}/events`: the transcript as server-sent events, from the line after `Last-Event-ID` (or `?after=`)
 * until the task has ended. 204 if it has and nothing follows: that stops an `EventSource` from reconnecting.
 */
export async function streamTaskEvents(
  deps: StreamDeps,
  taskId: string,
  request: IncomingRequest,
  { logger }: RouteContext,
): Promise<OutgoingResponse> {
  const { store, storeTimeoutMs, streams, settings } = deps;
  const query = readQuery(request, { after: seq });
  if (query instanceof OutgoingResponse) return query;
  // An EventSource without a last id sends an empty header: it means the same as an absent one.
  const lastSeen = seq.safeParse(request.headers.get("last-event-id") || String(query.after ?? 0));
  if (!lastSeen.success) {
    return parameterProblem([{ name: "Last-Event-ID", detail: lastSeen.error.issues[0]?.message ?? "not a seq" }]);
  }
  const afterSeq = lastSeen.data;
  const task = await withStoreTimeout(store.tasks.find(taskId), storeTimeoutMs);
  if (!task) return unknownTask();
  const hasMore = async (): Promise<boolean> =>
    (await withStoreTimeout(store.transcript.read(taskId, { afterSeq, limit: 1 }), storeTimeoutMs)).length > 0;
  if (isFinalStatus(task.status) && !(await hasMore())) {
    return new OutgoingResponse(204, { "cache-control": "no-store" }, null);
  }
  if (request.method === "HEAD") return new OutgoingResponse(200, headers, null);

  let end = (): void => {};
  const place = streams.open(() => end());
  if (typeof place === "string") return noPlace(place);
  const followed = followTask({ ...deps, ...settings, taskId, afterSeq, logger });
  const stream = createEventStream(followed, { signal: request.signal, onEnd: place.release });
  end = stream.end;
  return new OutgoingResponse(200, headers, stream.body);
}

function noPlace(why: "full" | "draining"): OutgoingResponse {
  return problemResponse({
    status: 503,
    code: why === "full" ? "STREAMS_EXHAUSTED" : "DRAINING",
    title: "No event stream now",
    detail:
      why === "full"
        ? "This process serves its maximum of event streams; try again, or read GET /api/tasks/{id}."
        : "This process is about to stop; connect again to reach another one.",
    headers: { "retry-after": why === "full" ? "5" : "1" },
  });
}

/** The event streams of this process: a bounded number, all of which end when it drains. */
export interface OpenStreams {
  /** Takes a place, or returns why there is none. `end` is called when the process drains. */
  open(end: () => void): { release(): void } | "full" | "draining";
  /** Ends every stream, so that its viewer reconnects elsewhere, and opens no new one. */
  drain(): void;
}

/** Creates {@link OpenStreams} without a stream. */
export function createOpenStreams(maxStreams: number): OpenStreams {
  const ends = new Set<() => void>();
  let isDraining = false;
  return {
    open(end) {
      if (isDraining) return "draining";
      if (ends.size >= maxStreams) return "full";
      // A function of its own: two places may have the same `end`.
      const place = (): void => end();
      ends.add(place);
      return { release: () => void ends.delete(place) };
    },
    drain() {
      isDraining = true;
      for (const end of [...ends]) end();
    },
  };
}
