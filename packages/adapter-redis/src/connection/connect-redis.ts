import { AgentBotError, createSilentLogger, type HealthProbe, type Logger } from "@agentbot/core";
import { maxTimerMs, parseOptions, portSchema, type ShapeOf } from "@agentbot/core/adapter";
import { z } from "zod";
import { checkServer } from "./check-server.js";
import { nextOf } from "./connection-monitor.js";
import { clientSchema, describeAddress, type RedisClient } from "./redis-client.js";
import { send } from "./send.js";
import { watchConnection } from "./watch-connection.js";

/** Options of {@link connectRedis}. */
export interface ConnectRedisOptions {
  /** An ioredis client, one with Sentinels, or a Cluster; it stays yours to close. */
  readonly client: RedisClient;
  /** @defaultValue silent */
  readonly logger?: Logger;
  /** Maximum number of attempts to reach Redis. @defaultValue 5 */
  readonly tries?: number;
  /** The pause between two attempts, in milliseconds. @defaultValue 2000 */
  readonly pauseMs?: number;
  /** Maximum age of the warnings that the probe returns, in milliseconds: settings change while a server runs. @defaultValue 10000 */
  readonly recheckMs?: number;
  /** Called when an established connection is lost, instead of a log line; e.g. an outage reporter. */
  readonly onLost?: (error: AgentBotError) => void;
  /** Ends the attempts early. */
  readonly signal?: AbortSignal;
}

/** A watched connection. */
export interface RedisConnection {
  /** A probe for the gateway's health: throws while Redis is down; returns warnings about the server's settings. */
  readonly probe: HealthProbe;
  /** Ends the watch; the client stays open. */
  stop(): void;
}

const optionsSchema = z.strictObject({
  client: clientSchema,
  logger: portSchema<Logger>("a Logger", ["info", "warn"]).optional(),
  onLost: z
    .custom<(error: AgentBotError) => void>((value) => typeof value === "function", "expected a function")
    .optional(),
  signal: z.instanceof(AbortSignal).optional(),
  tries: z.int().positive().default(5),
  pauseMs: z.int().min(0).max(maxTimerMs).default(2000),
  recheckMs: z.int().min(0).default(10_000),
} satisfies ShapeOf<ConnectRedisOptions>);

/** Deadline of one PING, in milliseconds. */
const pingTimeoutMs = 2000;

/**
 * Waits until Redis answers, checks the server's settings now and whenever it is probed, and watches the connection: one log
 * line when it is lost and one when it is back. ioredis reconnects by itself, as long as the client's `retryStrategy`
 * returns a number.
 *
 * @throws AgentBotError `CONFIGURATION_INVALID` naming every wrong option, or a database that the server does not have; `QUEUE_UNAVAILABLE` naming the host, never a
 * password, when Redis has not answered after `tries` attempts
 */
export async function connectRedis(options: ConnectRedisOptions): Promise<RedisConnection> {
  const { tries, pauseMs, recheckMs } = parseOptions("connectRedis", optionsSchema, options);
  const { client, logger = createSilentLogger(), onLost, signal } = options;
  let warnings: readonly string[] = [];
  let checkedAtMs = Number.NEGATIVE_INFINITY;
  const known = new Set<string>();
  const check = async (): Promise<void> => {
    checkedAtMs = performance.now();
    warnings = [...adviseOnClient(client), ...(await checkServer(client))];
    for (const warning of warnings) if (!known.has(warning)) logger.warn({ host: describeAddress(client) }, warning);
    known.clear();
    for (const warning of warnings) known.add(warning);
  };

  const watch = watchConnection(client, { logger, onBack: () => void check(), ...(onLost ? { onLost } : {}) });
  try {
    await firstAnswer(client, { tries, pauseMs, lastError: watch.lastError, ...(signal ? { signal } : {}) });
    await checkDatabase(client);
    await check();
  } catch (error) {
    watch.stop();
    throw error;
  }
  watch.begin();
  return {
    async probe() {
      await send(client, "ping", [], pingTimeoutMs);
      if (performance.now() - checkedAtMs >= recheckMs) await check();
      return warnings;
    },
    stop: watch.stop,
  };
}

interface FirstAnswerRequest {
  readonly tries: number;
  readonly pauseMs: number;
  readonly lastError: () => Error | null;
  readonly signal?: AbortSignal;
}

async function firstAnswer(client: RedisClient, request: FirstAnswerRequest): Promise<void> {
  const { tries, pauseMs, lastError, signal } = request;
  let cause: unknown = null;
  for (let tried = 0; tried < tries && !signal?.aborted; tried += 1) {
    // A lazy client connects only on demand, and one whose retryStrategy gave up is tried anew.
    if (client.status === "wait" || client.status === "end") client.connect().catch(() => {});
    try {
      if (client.status !== "ready") await nextOf(["ready"], client, pauseMs, signal);
      await send(client, "ping", [], pingTimeoutMs);
      return;
    } catch (error) {
      cause = lastError() ?? error;
    }
  }
  const why = cause instanceof Error ? cause.message : "the signal was aborted";
  const message = `Redis at ${describeAddress(client)} does not answer after ${tries} tries: ${why}. Start it, or correct its URL and password.`;
  throw new AgentBotError("QUEUE_UNAVAILABLE", message, { cause });
}

/** ioredis goes on in database 0 where the server refuses the one that it was given. */
async function checkDatabase(client: RedisClient): Promise<void> {
  const database: unknown = Reflect.get(Object(Reflect.get(client, "options")), "db") ?? 0;
  if (database === 0) return;
  try {
    await send(client, "select", [String(database)], pingTimeoutMs);
  } catch (error) {
    if (AgentBotError.isInstance(error)) throw error;
    const why = error instanceof Error ? error.message : String(error);
    const message = `Redis at ${describeAddress(client)} has no database ${database} for this user: ${why}. Choose another one, or 0.`;
    throw new AgentBotError("CONFIGURATION_INVALID", message, { cause: error });
  }
}

/** More resends of a command than this make it wait for Redis for seconds. */
const fewRetries = 3;

/** Warnings about the client's own options. */
function adviseOnClient(client: RedisClient): readonly string[] {
  const options: unknown = Reflect.get(client, "options");
  const retries: unknown = Reflect.get(
    Object(Reflect.get(Object(options), "redisOptions") ?? options),
    "maxRetriesPerRequest",
  );
  const isPatient = retries === null || (typeof retries === "number" && retries > fewRetries);
  if (!isPatient) return [];
  return [
    `maxRetriesPerRequest is ${retries}: commands in flight wait long for a Redis that is down; make the client with 1`,
  ];
}
