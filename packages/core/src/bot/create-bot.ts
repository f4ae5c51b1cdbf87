import { z } from "zod";
import { refuseSetupErrors, runSetupChecks, sharedChecks } from "../composition/check-setup.js";
import { withSharedDefaults } from "../composition/shared-options.js";
import { parseOptions } from "../errors/parse-options.js";
import { createGateway, type Gateway } from "../gateway/create-gateway.js";
import { type GatewayOptions, gatewayOptionsSchema } from "../gateway/gateway-options.js";
import { healthChecks } from "../gateway/operations/health.js";
import { once } from "../lifecycle/once.js";
import type { SetupProblem } from "../ports/setup-problem.js";
import type { ShapeOf } from "../task/shape-of.js";
import { workerChecks } from "../worker/check-agent.js";
import { createWorker, type Worker, type WorkerOptions } from "../worker/create-worker.js";
import { workerOptionsSchema } from "../worker/worker-options.js";

/** Options of {@link createBot}: those of both halves. */
export interface BotOptions extends GatewayOptions, WorkerOptions {}

/** A gateway and a worker in one process. Creating it starts nothing. */
export interface Bot {
  /** The receiving half, to be mounted in a web server. */
  readonly gateway: Gateway;
  /** The working half. */
  readonly worker: Worker;
  /**
   * Returns what is wrong with the set-up, errors first: the keys of the providers, their events and permissions, the agent's
   * program and key, git, store and queue. A part that cannot be reached, or does not answer in five seconds, is a warning.
   */
  check(options: { readonly signal: AbortSignal }): Promise<readonly SetupProblem[]>;
  /**
   * Checks the set-up, logs each warning, then starts the worker. Idempotent.
   *
   * @throws AgentBotError `CONFIGURATION_INVALID` naming every error of the check; nothing is started then
   */
  start(): Promise<void>;
  /** Drains the gateway, stops the worker, then closes the gateway. Idempotent. */
  stop(): Promise<void>;
}

const botOptionsSchema = z.strictObject({
  ...gatewayOptionsSchema.shape,
  ...workerOptionsSchema.shape,
} satisfies ShapeOf<BotOptions>);

/**
 * Composes a whole bot: both halves get one metrics registry, pub/sub, events, outage reporter, tracer, clock and logger, so
 * that a cancelled task stops at once and `/metrics` shows the worker's metrics. `/readyz` includes the worker. For separate
 * processes there are `createGateway` and `createWorker`.
 *
 * @example
 * const bot = createBot({ store, queue, providers, agent, sandbox, workspaces });
 * await bot.start();
 * createServer(toNodeHandler(bot.gateway)).listen(8080);
 * @throws AgentBotError `CONFIGURATION_INVALID` naming every wrong option.
 */
export function createBot(options: BotOptions): Bot {
  const { version, health } = parseOptions("createBot", botOptionsSchema, options);
  const { ownsOutages, ...shared } = withSharedDefaults(options, { version, agent: options.agent.name });
  const worker = createWorker({ ...only(options, workerOptionsSchema.shape), ...shared });
  const gateway = createGateway({
    ...only(options, gatewayOptionsSchema.shape),
    ...shared,
    health: { ...health, readiness: [...health.readiness, worker.readiness] },
  });
  const checks = [...sharedChecks(shared), ...healthChecks(health.checks), ...workerChecks(options)];
  const check: Bot["check"] = ({ signal }) => runSetupChecks(checks, { clock: shared.clock, signal });
  const stopping = new AbortController();
  return {
    gateway,
    worker,
    check,
    start: once(async () => {
      refuseSetupErrors(await check(stopping), shared.logger);
      if (!stopping.signal.aborted) await worker.start();
    }),
    stop: once(async () => {
      stopping.abort();
      gateway.drain();
      try {
        await worker.stop();
      } finally {
        await gateway.close();
        if (ownsOutages) shared.outages.close();
      }
    }),
  };
}

/** The options that the schema of one half has: the halves are strict. */
function only(options: BotOptions, shape: object): BotOptions {
  return Object.fromEntries(
    Object.entries(options).filter(([name]) => Object.hasOwn(shape, name)),
  ) as unknown as BotOptions;
}
