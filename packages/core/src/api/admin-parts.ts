import type { RouteContext } from "../gateway/route.js";
import type { PubSub } from "../ports/pub-sub.js";
import type { RateLimitResult } from "../ports/rate-limiter.js";
import type { Store } from "../ports/store.js";
import type { QueueEntry, TaskQueue } from "../ports/task-queue.js";
import type { Delivery } from "../task/delivery.js";
import type { ReplayResult } from "./deliveries/replay-result.js";

/** What the admin API works with. */
export interface AdminParts {
  readonly store: Store;
  readonly queue: TaskQueue;
  readonly pubSub: PubSub;
  /** How long a caller waits for the store, in milliseconds. */
  readonly storeTimeoutMs: number;
  /** Counts one wrong token of an address. Never throws. */
  readonly countFailure: (address: string) => Promise<RateLimitResult>;
  /** Tells the queue of a task without making anybody wait. */
  readonly dispatch: (entry: QueueEntry) => void;
  /** Has the delivery's provider say again what it means, and records that as a delivery of its own. */
  readonly replay: (delivery: Delivery, key: string, context: RouteContext) => Promise<ReplayResult>;
}
