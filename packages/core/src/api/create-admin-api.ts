import type { Route, RouteContext } from "../gateway/route.js";
import type { IncomingRequest } from "../http/incoming-request.js";
import { withStoreTimeout } from "../http/with-store-timeout.js";
import type { AdminSettings } from "./admin-options.js";
import type { AdminParts } from "./admin-parts.js";
import { replayDelivery } from "./deliveries/replay-delivery.js";
import { searchDeliveries } from "./deliveries/search-deliveries.js";
import { showDelivery } from "./deliveries/show-delivery.js";
import { createOpenStreams } from "./events/open-streams.js";
import { streamTaskEvents } from "./events/stream-task-events.js";
import { createTokenGuard } from "./require-token.js";
import { cancelTask } from "./tasks/cancel-task.js";
import { retryTask } from "./tasks/retry-task.js";
import { searchTasks } from "./tasks/search-tasks.js";
import { showTask } from "./tasks/show-task.js";

/** The admin API: what its routes do. Every one of them asks for the token first. */
export interface AdminApi {
  readonly searchTasks: Route["handle"];
  readonly showTask: Route["handle"];
  readonly streamTaskEvents: Route["handle"];
  readonly cancelTask: Route["handle"];
  readonly retryTask: Route["handle"];
  readonly searchDeliveries: Route["handle"];
  readonly showDelivery: Route["handle"];
  readonly replayDelivery: Route["handle"];
  /** Ends every event stream, so that viewers go on elsewhere, and opens no new one. */
  drain(): void;
}

type Answer = (id: string, request: IncomingRequest, context: RouteContext) => Promise<Response>;

/** Makes the {@link AdminApi}; without settings there is no token, and everything is refused. */
export function createAdminApi(parts: AdminParts, settings: AdminSettings | null): AdminApi {
  const { heartbeatMs = 0, pollMs = 0, maxStreams = 0, secrets = [], token = null } = settings ?? {};
  const streams = createOpenStreams(maxStreams);
  const streamParts = { ...parts, streams, settings: { heartbeatMs, pollMs } };
  const guard = createTokenGuard(token, parts.countFailure);
  /** Behind the token. `id` is the part that the path names. */
  const stream = (answer: Answer): Route["handle"] =>
    guard((request, context) => answer(context.parameters[0] ?? "", request, context));
  /** As a stream, and within the time a caller waits for the store. */
  const route = (answer: Answer): Route["handle"] =>
    stream((...given) => withStoreTimeout(answer(...given), parts.storeTimeoutMs));

  return {
    searchTasks: route((_, request) => searchTasks(parts, request)),
    showTask: route((id) => showTask(parts, id)),
    streamTaskEvents: stream((id, request, context) => streamTaskEvents(streamParts, id, request, context)),
    cancelTask: route((id, request, context) => cancelTask(parts, id, request, context)),
    retryTask: route((id, request, context) => retryTask(parts, id, request, context)),
    searchDeliveries: route((_, request) => searchDeliveries(parts, request)),
    showDelivery: route((id) => showDelivery(parts, id, secrets)),
    replayDelivery: route((id, request, context) => replayDelivery(parts, id, request, context)),
    drain: streams.drain,
  };
}
