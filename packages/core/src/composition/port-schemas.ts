import { z } from "zod";
import { portSchema } from "../errors/port-schema.js";
import type { Clock } from "../ports/clock.js";
import type { Logger } from "../ports/logger.js";
import type { Metrics } from "../ports/metrics.js";
import type { PubSub } from "../ports/pub-sub.js";
import type { RateLimiter } from "../ports/rate-limiter.js";
import type { Store } from "../ports/store.js";
import type { TaskQueue } from "../ports/task-queue.js";
import type { Tracer } from "../ports/tracer.js";
import type { WebhookProvider } from "../ports/webhook-provider.js";

const portsOfStore = {
  ...{ inbox: true, tasks: true, outbox: true, threads: true, effects: true, transcript: true },
  ...{ checkpoints: true, budgets: true, installations: true, health: true },
} satisfies Record<keyof Store, true>;

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

/** What a gateway and a worker are both composed of. */
export const portSchemas = {
  store: z.custom<Store>(
    (value) => isObject(value) && Object.keys(portsOfStore).every((name) => isObject(Reflect.get(value, name))),
    "expected a Store, from createMemoryStore say",
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
  logger: portSchema<Logger>("a Logger", ["debug", "info", "warn", "error", "child"]).optional(),
  metrics: portSchema<Metrics>("Metrics", ["increment", "set", "observe", "render"]).optional(),
  tracer: portSchema<Tracer>("a Tracer", ["trace"]).optional(),
  clock: portSchema<Clock>("a Clock", ["now", "monotonicMs", "sleep"]).optional(),
};

/** A limit on how often something happens. */
export const rateLimiterSchema = portSchema<RateLimiter>("a RateLimiter", ["peek", "consume"]);
