import { z } from "zod";
import { type AdminOptions, adminSchema } from "../api/admin-options.js";
import { sharedOptionsShape } from "../composition/shared-options.js";
import { rateLimiterSchema } from "../errors/port-schema.js";
import type { LifecycleEvents } from "../events/lifecycle-events.js";
import type { OutageReporter } from "../outages/create-outage-reporter.js";
import type { Clock } from "../ports/clock.js";
import type { Logger } from "../ports/logger.js";
import type { Metrics } from "../ports/metrics.js";
import type { PubSub } from "../ports/pub-sub.js";
import type { RateLimiter } from "../ports/rate-limiter.js";
import type { Store } from "../ports/store.js";
import type { TaskQueue } from "../ports/task-queue.js";
import type { Tracer } from "../ports/tracer.js";
import type { WebhookProvider } from "../ports/webhook-provider.js";
import type { JsonObject } from "../task/json.js";
import type { HealthProbe } from "./operations/health.js";
import type { ReadinessProbe } from "./operations/readiness.js";

/** What a gateway is composed of, and the numbers it works by. */
export const gatewayOptionsSchema = z.object({
  ...sharedOptionsShape,
  failedVerifications: rateLimiterSchema.optional(),
  redis: z.custom<HealthProbe>((value) => typeof value === "function", "expected a function").optional(),
  readiness: z
    .array(z.custom<ReadinessProbe>((value) => typeof value === "function", "expected a function"))
    .default([]),
  healthFacts: z.record(z.string(), z.json()).default({}),
  version: z.string().default("0.0.0"),
  maxBodyBytes: z
    .int()
    .positive()
    .default(25 * 1024 * 1024),
  bodyTimeoutMs: z.int().positive().default(10_000),
  storeTimeoutMs: z.int().positive().default(8000),
  failedVerificationsPerMinute: z.int().positive().default(100),
  admin: adminSchema.optional(),
});

/** What a {@link Gateway} is composed of. */
export interface GatewayOptions {
  /** The platforms it receives webhooks from; an empty list serves health and metrics only. */
  readonly providers: readonly WebhookProvider[];
  readonly store: Store;
  readonly queue: TaskQueue;
  /** The admin API. @defaultValue every request to it is refused */
  readonly admin?: AdminOptions;
  /** Wakes event streams, and the worker of a task that is cancelled; share the worker's. @defaultValue in this process */
  readonly pubSub?: PubSub;
  /** @defaultValue silent */
  readonly logger?: Logger;
  /** @defaultValue a registry of its own */
  readonly metrics?: Metrics;
  /** @defaultValue through `@opentelemetry/api` where that is installed, else nowhere */
  readonly tracer?: Tracer;
  /** @defaultValue events nobody listens to */
  readonly events?: LifecycleEvents;
  /** Tells of a store or queue that is down; share the worker's. @defaultValue one of its own */
  readonly outages?: OutageReporter;
  /** @defaultValue the machine's */
  readonly clock?: Clock;
  /** Counts failed verifications by address. @defaultValue in memory, `failedVerificationsPerMinute` */
  readonly failedVerifications?: RateLimiter;
  /** Asks Redis, for `/health`; absent when it is not configured. */
  readonly redis?: HealthProbe;
  /** More reasons not to be ready. */
  readonly readiness?: readonly ReadinessProbe[];
  /** More facts for `/health`. */
  readonly healthFacts?: JsonObject;
  /** Shown by `/health`. */
  readonly version?: string;
  /** @defaultValue 26,214,400 (25 MB), GitHub's own cap */
  readonly maxBodyBytes?: number;
  /** The time a body may take to arrive, in milliseconds. @defaultValue 10,000 */
  readonly bodyTimeoutMs?: number;
  /** How long a sender waits for the store before it gets 503, in milliseconds. @defaultValue 8,000: GitHub waits 10 s */
  readonly storeTimeoutMs?: number;
  /** @defaultValue 100 */
  readonly failedVerificationsPerMinute?: number;
}
