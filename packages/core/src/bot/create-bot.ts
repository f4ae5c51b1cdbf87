import { z } from "zod";
import { withSharedDefaults } from "../composition/shared-options.js";
import { parseOptions } from "../errors/parse-options.js";
import { createGateway, type Gateway } from "../gateway/create-gateway.js";
import { type GatewayOptions, gatewayOptionsSchema } from "../gateway/gateway-options.js";
import { once } from "../lifecycle/once.js";
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
  /** Starts the worker. Idempotent. */
  start(): Promise<void>;
  /** Drains the gateway, stops the worker, then closes the gateway. Idempotent. */
  stop(): Promise<void>;
}

const botOptionsSchema = z.strictObject({ ...gatewayOptionsSchema.shape, ...workerOptionsSchema.shape });

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
  return {
    gateway,
    worker,
    start: worker.start,
    stop: once(async () => {
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
