import { AgentBotError, type Logger } from "@agentbot/core";
import { describeAddress, type RedisClient } from "./redis-client.js";
import { withoutCommand } from "./send.js";

/** Who is told of what {@link watchConnection} sees. */
export interface WatchRequest {
  readonly logger: Logger;
  /** Told of a loss instead of the log. */
  readonly onLost?: (error: AgentBotError) => void;
  /** The connection stands again. */
  readonly onBack: () => void;
}

/** The watch over one client. */
export interface ConnectionWatch {
  /** From now on losses are told: a first connection that is still on its way is none. */
  begin(): void;
  /** What ioredis last said was wrong. */
  lastError(): Error | null;
  stop(): void;
}

/** Tells once when a connection is lost and once when it is back; ioredis' errors, one for each try, go into that line. */
export function watchConnection(client: RedisClient, { logger, onLost, onBack }: WatchRequest): ConnectionWatch {
  const host = describeAddress(client);
  let last: Error | null = null;
  let isBegun = false;
  let lostAtMs: number | null = null;

  const onError = (error: unknown): void => {
    last = withoutCommand(error);
  };
  const lose = (): void => {
    if (!isBegun || lostAtMs !== null) return;
    lostAtMs = performance.now();
    const error = new AgentBotError("QUEUE_UNAVAILABLE", `Redis at ${host} is lost`, { cause: last });
    if (onLost) onLost(error);
    else logger.warn({ err: error, host }, "Redis is lost; reconnecting until it is back");
  };
  const onReady = (): void => {
    last = null;
    if (lostAtMs === null) return;
    const downForMs = Math.round(performance.now() - lostAtMs);
    lostAtMs = null;
    if (!onLost) logger.info({ host, downForMs }, "Redis is back");
    onBack();
  };

  client.on("error", onError);
  client.on("close", lose);
  client.on("ready", onReady);
  return {
    begin() {
      isBegun = true;
      if (client.status !== "ready") lose();
    },
    lastError: () => last,
    stop() {
      isBegun = false;
      client.off("close", lose);
      client.off("ready", onReady);
      client.off("error", onError);
      // Without any listener ioredis writes each error to the console.
      client.on("error", () => {});
    },
  };
}
