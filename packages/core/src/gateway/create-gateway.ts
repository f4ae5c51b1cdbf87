import { createAdminApi } from "../api/create-admin-api.js";
import { parseOptions } from "../errors/parse-options.js";
import { createLifecycleEvents } from "../events/lifecycle-events.js";
import { fromWebRequest, type IncomingRequest } from "../http/incoming-request.js";
import { once } from "../lifecycle/once.js";
import { systemClock } from "../lifecycle/system-clock.js";
import { createSilentLogger } from "../logger/create-silent-logger.js";
import { createMemoryPubSub } from "../memory/create-memory-pub-sub.js";
import { createMemoryRateLimiter } from "../memory/create-memory-rate-limiter.js";
import { createMetricsRegistry } from "../metrics/create-metrics-registry.js";
import { createOutageReporter } from "../outages/create-outage-reporter.js";
import { reportingHealth } from "../outages/reporting-health.js";
import { createOpenTelemetryTracer } from "../tracing/create-open-telemetry-tracer.js";
import { answerRequest } from "./answer-request.js";
import { type GatewayOptions, gatewayOptionsSchema } from "./gateway-options.js";
import { respondHealth } from "./operations/health.js";
import { respondMetrics } from "./operations/metrics-endpoint.js";
import { respondLiveness, respondReadiness } from "./operations/readiness.js";
import { requestIdOf, traceparentOf } from "./request-id.js";
import type { Route } from "./route.js";
import { createCountFailure } from "./webhook/count-failure.js";
import { createDispatcher } from "./webhook/dispatcher.js";
import { handleWebhook } from "./webhook/handle-webhook.js";
import { replayDelivery } from "./webhook/replay-delivery.js";

/** How long health, readiness and metrics wait for a dependency, in milliseconds. */
const probeTimeoutMs = 2000;

/** How many wrong admin tokens of one address are answered by 401 rather than 429. */
const failedAdminTriesPerMinute = 30;

/** How long a sender waits for a store that is known to be down, in milliseconds. */
const downStoreTimeoutMs = 500;

/** What the host of a gateway knows of a request. */
export interface GatewayRequestContext {
  /** The client's address as the socket shows it. */
  readonly remoteAddress: string | null;
}

/** The receiving half of the bot: one web-standard function that any web server can mount. */
export interface Gateway {
  fetch(request: Request, context?: GatewayRequestContext): Promise<Response>;
  /** The same for a host that has no `Request`: `toNodeHandler` makes none, which halves what an answer costs. */
  answer(request: IncomingRequest, context?: GatewayRequestContext): Promise<Response>;
  /**
   * Makes `/readyz` answer 503, so that no new traffic is sent here; webhooks that still come are served. Event streams
   * end, and their viewers go on elsewhere.
   */
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
  const limits = parseOptions("createGateway", gatewayOptionsSchema, options);
  const { providers, store, queue } = options;
  const logger = options.logger ?? createSilentLogger();
  const metrics = options.metrics ?? createMetricsRegistry({ version: limits.version });
  const events = options.events ?? createLifecycleEvents({ logger });
  const clock = options.clock ?? systemClock;
  const tracer = options.tracer ?? createOpenTelemetryTracer();
  const startedAt = clock.now();
  const outages = options.outages ?? createOutageReporter({ store, queue, logger });
  const dispatcher = createDispatcher(queue, { events, clock, logger, outages });
  let isDraining = false;

  const webhook = {
    providers: new Map(providers.map((provider) => [provider.name, provider])),
    store,
    dispatcher,
    countFailure: createCountFailure(
      options.failedVerifications ??
        createMemoryRateLimiter({ limit: limits.failedVerificationsPerMinute, windowMs: 60_000 }),
    ),
    events,
    metrics,
    clock,
    get storeTimeoutMs() {
      return outages.isStoreDown() ? Math.min(downStoreTimeoutMs, limits.storeTimeoutMs) : limits.storeTimeoutMs;
    },
    bodyLimits: { maxBytes: limits.maxBodyBytes, timeoutMs: limits.bodyTimeoutMs },
  };
  const admin = createAdminApi(
    {
      ...{ store, queue },
      pubSub: options.pubSub ?? createMemoryPubSub(),
      storeTimeoutMs: limits.storeTimeoutMs,
      countFailure: createCountFailure(
        options.admin?.failedTries ?? createMemoryRateLimiter({ limit: failedAdminTriesPerMinute, windowMs: 60_000 }),
      ),
      dispatch: dispatcher.dispatch,
      replay: (delivery, key, context) => replayDelivery(webhook, delivery, key, context),
    },
    limits.admin ?? null,
  );
  const watched = { health: reportingHealth(store.health, outages) };
  const health = {
    store: watched,
    queue,
    redis: options.redis ?? null,
    clock,
    version: limits.version,
    startedAt,
    facts: options.healthFacts ?? {},
    timeoutMs: probeTimeoutMs,
  };
  const readiness = {
    isDraining: () => isDraining,
    store: watched,
    probes: options.readiness ?? [],
    timeoutMs: probeTimeoutMs,
  };

  const routes: readonly Route[] = [
    {
      method: "POST",
      pattern: /^\/webhooks\/([^/]+)(?:\/([^/]+))?$/,
      template: "/webhooks/{provider}",
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
    { method: "GET", pattern: /^\/api\/tasks$/, handle: admin.searchTasks },
    { method: "GET", pattern: /^\/api\/tasks\/([^/]+)$/, handle: admin.showTask },
    { method: "GET", pattern: /^\/api\/tasks\/([^/]+)\/events$/, handle: admin.streamTaskEvents },
    { method: "POST", pattern: /^\/api\/tasks\/([^/]+)\/cancel$/, handle: admin.cancelTask },
    { method: "POST", pattern: /^\/api\/tasks\/([^/]+)\/retry$/, handle: admin.retryTask },
    { method: "GET", pattern: /^\/api\/deliveries$/, handle: admin.searchDeliveries },
    { method: "GET", pattern: /^\/api\/deliveries\/([^/]+)$/, handle: admin.showDelivery },
    { method: "POST", pattern: /^\/api\/deliveries\/([^/]+)\/replay$/, handle: admin.replayDelivery },
  ];

  const drain = (): void => {
    isDraining = true;
    admin.drain();
  };

  const answering = { routes, tracer, logger, outages };
  const answer: Gateway["answer"] = async (request, host) => {
    const requestId = requestIdOf(request.headers.get("x-request-id"));
    const traceparent = traceparentOf(request);
    // Hono's `mount` gives its own bindings in the place of the host's context.
    const remoteAddress = host?.remoteAddress ?? null;
    const response = await answerRequest(answering, request, { requestId, traceparent, remoteAddress });
    response.headers.set("x-request-id", requestId);
    return response;
  };

  return {
    fetch: (request, host) => answer(fromWebRequest(request), host),
    answer,
    drain,
    close: once(async () => {
      drain();
      await dispatcher.settled();
      if (!options.outages) outages.close();
    }),
  };
}
