import { z } from "zod";
import { AgentBotError } from "../errors/agentbot-error.js";
import { parseOptions } from "../errors/parse-options.js";
import { createLifecycleEvents, type LifecycleEvents } from "../events/lifecycle-events.js";
import { once } from "../lifecycle/once.js";
import { systemClock } from "../lifecycle/system-clock.js";
import { createSilentLogger } from "../logger/create-silent-logger.js";
import { createMemoryRateLimiter } from "../memory/create-memory-rate-limiter.js";
import { createMetricsRegistry } from "../metrics/create-metrics-registry.js";
import type { Clock } from "../ports/clock.js";
import type { Logger } from "../ports/logger.js";
import type { Metrics } from "../ports/metrics.js";
import type { RateLimiter } from "../ports/rate-limiter.js";
import type { Store } from "../ports/store.js";
import type { TaskQueue } from "../ports/task-queue.js";
import type { WebhookProvider } from "../ports/webhook-provider.js";
import type { JsonObject } from "../task/json.js";
import { type HealthProbe, respondHealth } from "./operations/health.js";
import { respondMetrics } from "./operations/metrics-endpoint.js";
import { type ReadinessProbe, respondLiveness, respondReadiness } from "./operations/readiness.js";
import { requestIdOf, traceparentOf } from "./request-id.js";
import { respondProblem } from "./respond.js";
import { matchRoute, type Route, type RouteContext } from "./route.js";
import { createDispatcher } from "./webhook/dispatcher.js";
import { handleWebhook } from "./webhook/handle-webhook.js";

/** How long health, readiness and metrics wait for a dependency, in milliseconds. */
const probeTimeoutMs = 2000;

const limitsSchema = z.object({
  version: z.string().default("0.0.0"),
  maxBodyBytes: z
    .int()
    .positive()
    .default(25 * 1024 * 1024),
  bodyTimeoutMs: z.int().positive().default(10_000),
  storeTimeoutMs: z.int().positive().default(8000),
  failedVerificationsPerMinute: z.int().positive().default(100),
});

/** What a {@link Gateway} is composed of. */
export interface GatewayOptions {
  /** The platforms it receives webhooks from; an empty list serves health and metrics only. */
  readonly providers: readonly WebhookProvider[];
  readonly store: Store;
  readonly queue: TaskQueue;
  /** @defaultValue silent */
  readonly logger?: Logger;
  /** @defaultValue a registry of its own */
  readonly metrics?: Metrics;
  /** @defaultValue events nobody listens to */
  readonly events?: LifecycleEvents;
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

/** What the host of a gateway knows of a request. */
export interface GatewayRequestContext {
  /** The client's address as the socket shows it. */
  readonly remoteAddress: string | null;
}

/** The receiving half of the bot: one web-standard function that any web server can mount. */
export interface Gateway {
  fetch(request: Request, context?: GatewayRequestContext): Promise<Response>;
  /** Makes `/readyz` answer 503, so that no new traffic is sent here; webhooks that still come are served. */
  drain(): void;
  /** Drains and waits until every recorded task has been handed to the queue. Idempotent. */
  close(): Promise<void>;
}

/**
 * Makes the gateway: a signed webhook in, a recorded task and a 200 out. Making it is inert; it holds no connection of
 * its own, and the store, queue and providers stay yours to close.
 *
 * @throws AgentBotError `CONFIGURATION_INVALID` naming every wrong option.
 */
export function createGateway(options: GatewayOptions): Gateway {
  const { providers, store, queue } = options;
  const limits = parseOptions("createGateway", limitsSchema, options);
  const logger = options.logger ?? createSilentLogger();
  const metrics = options.metrics ?? createMetricsRegistry({ version: limits.version });
  const events = options.events ?? createLifecycleEvents({ logger });
  const clock = options.clock ?? systemClock;
  const startedAt = clock.now();
  const dispatcher = createDispatcher(queue, events, logger);
  let isDraining = false;

  const webhook = {
    providers: new Map(providers.map((provider) => [provider.name, provider])),
    store,
    dispatcher,
    failedVerifications:
      options.failedVerifications ??
      createMemoryRateLimiter({ limit: limits.failedVerificationsPerMinute, windowMs: 60_000 }),
    events,
    metrics,
    clock,
    storeTimeoutMs: limits.storeTimeoutMs,
    bodyLimits: { maxBytes: limits.maxBodyBytes, timeoutMs: limits.bodyTimeoutMs },
  };
  const health = {
    store,
    queue,
    redis: options.redis ?? null,
    clock,
    version: limits.version,
    startedAt,
    facts: options.healthFacts ?? {},
    timeoutMs: probeTimeoutMs,
  };
  const readiness = { isDraining: () => isDraining, store, probes: options.readiness ?? [], timeoutMs: probeTimeoutMs };

  const routes: readonly Route[] = [
    {
      method: "POST",
      pattern: /^\/webhooks\/([^/]+)(?:\/([^/]+))?$/,
      handle: (request, context) => handleWebhook(webhook, request, context),
    },
    { method: "GET", pattern: /^\/health$/, handle: () => respondHealth(health) },
    { method: "GET", pattern: /^\/livez$/, handle: () => respondLiveness() },
    { method: "GET", pattern: /^\/readyz$/, handle: () => respondReadiness(readiness) },
    {
      method: "GET",
      pattern: /^\/metrics$/,
      handle: (request) => respondMetrics({ metrics, queue, timeoutMs: probeTimeoutMs }, request),
    },
  ];

  return {
    async fetch(request, { remoteAddress } = { remoteAddress: null }) {
      const requestId = requestIdOf(request.headers.get("x-request-id"));
      const context = {
        requestId,
        traceparent: traceparentOf(request),
        remoteAddress,
        logger: logger.child({ requestId }),
      };
      const response = await respond(routes, request, context);
      response.headers.set("x-request-id", requestId);
      return response;
    },
    drain() {
      isDraining = true;
    },
    close: once(async () => {
      isDraining = true;
      await dispatcher.settled();
    }),
  };
}

async function respond(
  routes: readonly Route[],
  request: Request,
  context: Omit<RouteContext, "parameters">,
): Promise<Response> {
  const match = matchRoute(routes, request.method, new URL(request.url).pathname);
  if (match.status === "not-found") {
    return respondProblem({
      status: 404,
      code: "NOT_FOUND",
      title: "Not found",
      detail: "There is nothing at this path.",
    });
  }
  if (match.status === "method-not-allowed") {
    return respondProblem({
      status: 405,
      code: "METHOD_NOT_ALLOWED",
      title: "Method not allowed",
      detail: `This path answers ${match.allow}.`,
      headers: { allow: match.allow },
    });
  }
  try {
    return await match.route.handle(request, { ...context, parameters: match.parameters });
  } catch (error) {
    return respondError(error, context);
  }
}

/** A store that is down is the sender's reason to try again; anything else that throws is a bug. */
function respondError(error: unknown, { logger }: Omit<RouteContext, "parameters">): Response {
  if (AgentBotError.hasCode(error, "STORE_UNAVAILABLE")) {
    logger.error({ err: error }, "The store does not answer; the sender was told to try again");
    return respondProblem({
      status: 503,
      code: "STORE_UNAVAILABLE",
      title: "Store unavailable",
      detail: "Nothing was recorded; send it again.",
      headers: { "retry-after": "5" },
    });
  }
  logger.error({ err: error }, "A request failed");
  return respondProblem({
    status: 500,
    code: "INTERNAL_ERROR",
    title: "Internal error",
    detail: "The request failed here; the log has the request id.",
  });
}
