import type { RefusalLog } from "../gateway/refusal-log.js";
import type { Route, RouteContext } from "../gateway/route.js";
import type { ReplayResult } from "../gateway/webhook/replay-delivery.js";
import type { IncomingRequest } from "../http/incoming-request.js";
import type { OutgoingResponse } from "../http/outgoing-response.js";
import { withStoreTimeout } from "../http/with-store-timeout.js";
import type { PubSub } from "../ports/pub-sub.js";
import type { Store } from "../ports/store.js";
import type { QueueEntry, TaskQueue } from "../ports/task-queue.js";
import type { Delivery } from "../task/delivery.js";
import type { AdminSettings } from "./admin-options.js";
import { searchDeliveries, showDelivery } from "./deliveries/read-deliveries.js";
import { replayDelivery } from "./deliveries/replay-delivery.js";
import { createOpenStreams, streamTaskEvents } from "./events/stream-task-events.js";
import { createTokenGuard, type TokenGate } from "./require-token.js";
import { cancelTask } from "./tasks/cancel-task.js";
import { searchTasks, showTask } from "./tasks/read-tasks.js";
import { retryTask } from "./tasks/retry-task.js";

/** Dependencies of the admin API's routes. */
export interface AdminDeps {
  readonly store: Store;
  readonly queue: TaskQueue;
  readonly pubSub: PubSub;
  /** Maximum wait for the store, in milliseconds. */
  readonly storeTimeoutMs: number;
  /** Admits requests that carry the token. */
  readonly gate: TokenGate;
  readonly refusals: RefusalLog;
  /** Queues a task without delaying the response. */
  readonly dispatch: (entry: QueueEntry) => void;
  /** Interprets a stored delivery again and records the result as a delivery of its own. */
  readonly replay: (delivery: Delivery, key: string, context: RouteContext) => Promise<ReplayResult>;
}

/** The handlers of the admin API's routes; each of them requires the token. */
export interface AdminApi {
  readonly searchTasks: Route["handle"];
  readonly showTask: Route["handle"];
  readonly streamTaskEvents: Route["handle"];
  readonly cancelTask: Route["handle"];
  readonly retryTask: Route["handle"];
  readonly searchDeliveries: Route["handle"];
  readonly showDelivery: Route["handle"];
  readonly replayDelivery: Route["handle"];
  /** Ends every event stream, so that viewers reconnect elsewhere, and opens no new one. */
  drain(): void;
}

type Handler = (id: string, request: IncomingRequest, context: RouteContext) => Promise<OutgoingResponse>;

/** Without settings there is no token, and every request is refused. */
export function createAdminApi(deps: AdminDeps, settings: AdminSettings | null): AdminApi {
  const { heartbeatMs = 0, pollMs = 0, maxStreams = 0, secrets = [] } = settings ?? {};
  const streams = createOpenStreams(maxStreams);
  const streamDeps = { ...deps, streams, settings: { heartbeatMs, pollMs } };
  const guard = createTokenGuard(deps.gate, deps.refusals);
  /** Behind the token. `id` is the one that the path names. */
  const guarded = (handle: Handler): Route["handle"] =>
    guard((request, context) => handle(context.parameters.id ?? "", request, context));
  /** Behind the token, and bounded by the wait for the store. */
  const bounded = (handle: Handler): Route["handle"] =>
    guarded((...given) => withStoreTimeout(handle(...given), deps.storeTimeoutMs));

  return {
    searchTasks: bounded((_, request) => searchTasks(deps, request)),
    showTask: bounded((id) => showTask(deps, id)),
    streamTaskEvents: guarded((id, request, context) => streamTaskEvents(streamDeps, id, request, context)),
    cancelTask: bounded((id, request, context) => cancelTask(deps, id, request, context)),
    retryTask: bounded((id, request, context) => retryTask(deps, id, request, context)),
    searchDeliveries: bounded((_, request) => searchDeliveries(deps, request)),
    showDelivery: bounded((id) => showDelivery(deps, id, secrets)),
    replayDelivery: bounded((id, request, context) => replayDelivery(deps, id, request, context)),
    drain: streams.drain,
  };
}
