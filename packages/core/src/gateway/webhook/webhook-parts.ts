import type { LifecycleEvents } from "../../events/lifecycle-events.js";
import type { BodyLimits } from "../../http/read-body.js";
import type { Clock } from "../../ports/clock.js";
import type { Metrics } from "../../ports/metrics.js";
import type { Store } from "../../ports/store.js";
import type { WebhookProvider } from "../../ports/webhook-provider.js";
import type { CountFailure } from "./count-failure.js";
import type { Dispatcher } from "./dispatcher.js";

/** What the webhook route works with. */
export interface WebhookParts {
  readonly providers: ReadonlyMap<string, WebhookProvider>;
  readonly store: Store;
  /** How long a sender is kept waiting for the store, in milliseconds. */
  readonly storeTimeoutMs: number;
  readonly dispatcher: Dispatcher;
  /** Counts failed verifications by address; a signed delivery is never limited. */
  readonly countFailure: CountFailure;
  readonly events: LifecycleEvents;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly bodyLimits: BodyLimits;
}
