import { createAdminApi } from "../api/create-admin-api.js";
import { createTokenGate } from "../api/require-token.js";
import { runSetupChecks, sharedChecks } from "../composition/check-setup.js";
import { withSharedDefaults } from "../composition/shared-options.js";
import { parseOptions } from "../errors/parse-options.js";
import { fromWebRequest, type IncomingRequest } from "../http/incoming-request.js";
import { type OutgoingResponse, toWebResponse } from "../http/outgoing-response.js";
import { once } from "../lifecycle/once.js";
import { createMemoryRateLimiter } from "../memory/create-memory-rate-limiter.js";
import { reportingHealth } from "../outages/create-outage-reporter.js";
import type { SetupProblem } from "../ports/setup-problem.js";
import { answerRequest } from "./answer-request.js";
import { type GatewayOptions, gatewayOptionsSchema } from "./gateway-options.js";
import { createDependencyLook } from "./operations/dependency-look.js";
import { createHealthRoutes, healthChecks } from "./operations/health.js";
import { metricsResponse } from "./operations/metrics-endpoint.js";
import { createRefusalLog } from "./refusal-log.js";
import { createRouter } from "./route.js";
import { createDispatcher } from "./webhook/dispatcher.js";
import { createFailureCount } from "./webhook/failure-count.js";
import { handleWebhook, type WebhookDeps } from "./webhook/handle-webhook.js";
import { createBodiesInFlight } from "./webhook/receive-body.js";
import { replayDelivery } from "./webhook/replay-delivery.js";

/** How long health, readiness and metrics wait for a dependency, in milliseconds. */
const probeTimeoutMs = 2000;
/** Wrong admin tokens of one address within a minute that are answered 401 rather than 429. */
const failedAdminTriesPerMinute = 30;
/** How long a sender waits for a store that is known to be down, in milliseconds. */
const downStoreTimeoutMs = 500;

/** The labels of deliveries that have no event, or none yet. */
const ownLabels: ReadonlySet<string> = new Set(["unverified", "unrecorded"]);

/** Facts that the host of a gateway passes beside a request. */
export interface GatewayRequestContext {
  /** The client's address as the socket shows it. */
  readonly remoteAddress: string | null;
}

/** The receiving half of the bot: one web-standard function that any web server can mount. */
export interface Gateway {
  /** Returns what is wrong with the providers, the store, the queue and what `/health` checks: see `Bot.check`. */
  check(options: { readonly signal: AbortSignal }): Promise<readonly SetupProblem[]>;
  /** Answers one request; never throws. Any path that is not a route is 404. */
  fetch(request: Request, context?: GatewayRequestContext): Promise<Response>;
  /** The same for a host without `Request` and `Response`: `toNodeHandler` creates neither, which halves the cost. */
  answer(request: IncomingRequest, context?: GatewayRequestContext): Promise<OutgoingResponse>;
  /**
   * Makes `/readyz` answer 503, so that no new traffic is routed here; webhooks that still arrive are served. Event streams
   * end, and their viewers reconnect elsewhere.
   */
  drain(): void;
  /** Drains and waits until every recorded task has been queued. Idempotent. */
  close(): Promise<void>;
}

/**
 * Creates the gateway: a signed webhook in, a recorded task and a 200 out. Creating it starts nothing; store, queue and
 * providers are the caller's to close.
 *
 * @throws AgentBotError `CONFIGURATION_INVALID` naming every wrong option.
 */
export function createGateway(options: GatewayOptions): Gateway {
  const settings = parseOptions("createGateway", gatewayOptionsSchema, options);
  const shared = withSharedDefaults(options, { version: settings.version });
  const { providers, store, queue, metrics, events, clock, logger, outages, tracer } = shared;
  const dispatcher = createDispatcher({ queue, events, clock, logger, outages });
  const limitPerMinute = (limit: number) => createMemoryRateLimiter({ limit, windowMs: 60_000 });
  const refusals = createRefusalLog(logger);
  const eventsOf = new Map(providers.map(({ name, source }) => [name, new Set(source.form.events)]));
  const knownEvent = (provider: string, event: string): string =>
    ownLabels.has(event) || eventsOf.get(provider)?.has(event) ? event : "other";
  let isDraining = false;

  const webhook: WebhookDeps = {
    providers: new Map(providers.map((provider) => [provider.name, provider])),
    store,
    storeWaitMs: (limitMs = settings.storeTimeoutMs) =>
      outages.isStoreDown() ? Math.min(downStoreTimeoutMs, limitMs) : limitMs,
    dispatcher,
    failures: createFailureCount(settings.failedVerifications ?? limitPerMinute(settings.failedVerificationsPerMinute)),
    refusals,
    bodies: createBodiesInFlight(Math.max(settings.maxBytesInFlight, settings.maxBodyBytes)),
    events,
    metrics,
    knownEvent,
    countDelivery: (provider, event, outcome) =>
      metrics.increment("agentbot_webhook_deliveries_total", { provider, event: knownEvent(provider, event), outcome }),
    clock,
    bodyLimits: { maxBytes: settings.maxBodyBytes, timeoutMs: settings.bodyTimeoutMs },
  };
  const gate = createTokenGate(
    settings.admin?.token ?? null,
    createFailureCount(settings.admin?.failedTries ?? limitPerMinute(failedAdminTriesPerMinute)),
  );
  const admin = createAdminApi(
    {
      ...{ store, queue, pubSub: shared.pubSub },
      storeTimeoutMs: settings.storeTimeoutMs,
      ...{ gate, refusals },
      dispatch: dispatcher.dispatch,
      replay: (delivery, key, context) => replayDelivery(webhook, delivery, key, context),
    },
    settings.admin ?? null,
  );
  const look = createDependencyLook({
    ...{ queue, clock },
    store: { health: reportingHealth(store.health, outages) },
    checks: settings.health.checks,
    timeoutMs: probeTimeoutMs,
  });
  const { health, liveness, readiness } = createHealthRoutes({
    ...settings.health,
    ...{ look, clock },
    version: settings.version,
    isDraining: () => isDraining,
    gate,
  });

  const receive = handleWebhook.bind(null, webhook);
  const findRoute = createRouter(settings.mountPath, [
    { method: "POST", path: "/webhooks/{provider}", isTraced: true, handle: receive },
    { method: "POST", path: "/webhooks/{provider}/{installationId}", isTraced: true, handle: receive },
    { method: "GET", path: "/health", handle: health },
    { method: "GET", path: "/livez", handle: liveness },
    { method: "GET", path: "/readyz", handle: readiness },
    { method: "GET", path: "/metrics", handle: metricsResponse.bind(null, { metrics, look }) },
    { method: "GET", path: "/api/tasks", handle: admin.searchTasks },
    { method: "GET", path: "/api/tasks/{id}", handle: admin.showTask },
    { method: "GET", path: "/api/tasks/{id}/events", handle: admin.streamTaskEvents },
    { method: "POST", path: "/api/tasks/{id}/cancel", handle: admin.cancelTask },
    { method: "POST", path: "/api/tasks/{id}/retry", handle: admin.retryTask },
    { method: "GET", path: "/api/deliveries", handle: admin.searchDeliveries },
    { method: "GET", path: "/api/deliveries/{id}", handle: admin.showDelivery },
    { method: "POST", path: "/api/deliveries/{id}/replay", handle: admin.replayDelivery },
  ]);
  const deps = { findRoute, tracer, logger, outages };

  const drain = (): void => {
    isDraining = true;
    admin.drain();
  };
  // Hono's `mount` passes its own bindings in the place of the context.
  const answer: Gateway["answer"] = (request, host) => answerRequest(deps, request, host?.remoteAddress ?? null);

  const checks = [...sharedChecks(shared), ...healthChecks(settings.health.checks)];

  return {
    check: ({ signal }) => runSetupChecks(checks, { clock, signal }),
    fetch: async (request, host) => toWebResponse(await answer(fromWebRequest(request), host)),
    answer,
    drain,
    close: once(async () => {
      drain();
      await dispatcher.settled();
      if (shared.ownsOutages) outages.close();
    }),
  };
}
