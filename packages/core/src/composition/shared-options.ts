import { z } from "zod";
import { clockSchema, loggerSchema, metricsSchema, portSchema } from "../errors/port-schema.js";
import { createLifecycleEvents, type LifecycleEvents } from "../events/lifecycle-events.js";
import { systemClock } from "../lifecycle/system-clock.js";
import { createSilentLogger } from "../logger/create-silent-logger.js";
import { createMemoryPubSub } from "../memory/create-memory-pub-sub.js";
import { createMetricsRegistry, type MetricsRegistryOptions } from "../metrics/create-metrics-registry.js";
import { createOutageReporter, type OutageReporter } from "../outages/create-outage-reporter.js";
import type { Clock } from "../ports/clock.js";
import type { Logger } from "../ports/logger.js";
import type { Metrics } from "../ports/metrics.js";
import type { PubSub } from "../ports/pub-sub.js";
import type { Store } from "../ports/store.js";
import type { TaskQueue } from "../ports/task-queue.js";
import type { Tracer } from "../ports/tracer.js";
import type { WebhookProvider } from "../ports/webhook-provider.js";
import { createOpenTelemetryTracer } from "../tracing/create-open-telemetry-tracer.js";

/**
 * Options of both halves of a bot. Composed apart, the gateway and the worker of one process need the same `pubSub`,
 * `metrics`, `events` and `outages`: the defaults are new ones for each half. `createBot` shares them.
 */
export interface SharedOptions {
  /** The sources of webhooks and the conversations that they come from, each under a name of its own. */
  readonly providers: readonly WebhookProvider[];
  /** The truth: deliveries, tasks, checkpoints and budgets. It stays the caller's to close. */
  readonly store: Store;
  /** The index of the tasks that wait. It stays the caller's to close. */
  readonly queue: TaskQueue;
  /** Wakes event streams, and the worker of a task that is cancelled. @defaultValue within this half */
  readonly pubSub?: PubSub;
  /** Receives the log, e.g. `createConsoleLogger` of `@agentbot/core/node`, or a pino logger. @defaultValue silent */
  readonly logger?: Logger;
  /** Receives measurements, and renders them for `/metrics`. @defaultValue a registry of this half */
  readonly metrics?: Metrics;
  /** Makes the spans of requests, runs, stages and effects. @defaultValue through `@opentelemetry/api` where that is installed, else none */
  readonly tracer?: Tracer;
  /** Emits the events of a task's life. @defaultValue events of this half, without a listener */
  readonly events?: LifecycleEvents;
  /** Reports a store or queue that is down. @defaultValue a reporter of this half */
  readonly outages?: OutageReporter;
  /** The source of the time. @defaultValue the machine's */
  readonly clock?: Clock;
}

const portsOfStore = {
  ...{ inbox: true, tasks: true, outbox: true, threads: true, effects: true, transcript: true, checkpoints: true },
  ...{ budgets: true, installations: true, credentials: true, commands: true, health: true },
} satisfies Record<keyof Store, true>;

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

/** The form of {@link SharedOptions}, to be spread into the strict schema of each factory. */
export const sharedOptionsShape = {
  store: z.custom<Store>(
    (value) => isObject(value) && Object.keys(portsOfStore).every((name) => isObject(Reflect.get(value, name))),
    "expected a Store, e.g. from createMemoryStore",
  ),
  queue: portSchema<TaskQueue>("a TaskQueue", ["enqueue", "claim", "cancel", "stats"]),
  providers: z
    .array(
      z.custom<WebhookProvider>(
        (value) =>
          isObject(value) && "name" in value && "source" in value && "conversation" in value && isObject(value.source),
        "expected a WebhookProvider, with name, source and conversation",
      ),
    )
    .refine((providers) => new Set(providers.map(({ name }) => name)).size === providers.length, {
      error: "two providers have the same name",
      when: ({ issues }) => issues.length === 0,
    }),
  pubSub: portSchema<PubSub>("PubSub", ["publish", "subscribe"]).optional(),
  logger: loggerSchema.optional(),
  metrics: metricsSchema.optional(),
  tracer: portSchema<Tracer>("a Tracer", ["trace"]).optional(),
  events: portSchema<LifecycleEvents>("LifecycleEvents", ["on", "emit"]).optional(),
  outages: portSchema<OutageReporter>("an OutageReporter", ["report", "isStoreDown", "close"]).optional(),
  clock: clockSchema.optional(),
};

/** Every shared part of a half; `ownsOutages` is true if the reporter was created here, to be closed with the half. */
export interface SharedDeps extends Required<SharedOptions> {
  readonly ownsOutages: boolean;
}

/** Fills in the defaults of {@link SharedOptions}. A registry that is created here gets these labels. */
export function withSharedDefaults(options: SharedOptions, labels: MetricsRegistryOptions): SharedDeps {
  const { providers, store, queue } = options;
  const logger = options.logger ?? createSilentLogger();
  return {
    ...{ providers, store, queue, logger },
    pubSub: options.pubSub ?? createMemoryPubSub(),
    metrics: options.metrics ?? createMetricsRegistry(labels),
    tracer: options.tracer ?? createOpenTelemetryTracer(),
    events: options.events ?? createLifecycleEvents({ logger }),
    outages: options.outages ?? createOutageReporter({ store, queue, logger }),
    ownsOutages: options.outages === undefined,
    clock: options.clock ?? systemClock,
  };
}
