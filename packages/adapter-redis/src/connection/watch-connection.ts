import { AgentBotError, type Logger } from "@agentbot/core";
import { describeAddress, type RedisClient } from "./redis-client.js";
import { withoutCommand } from "./send.js";

export interface WatchRequest {
  readonly logger: Logger;
  /** Called on a loss, instead of a log line. */
  readonly onLost?: (error: AgentBotError) => void;
  /** Called when the connection is established again. */
  readonly onBack: () => void;
}

/** The watch over one client. */
export interface ConnectionWatch {
  /** Reports losses from now on: a first connection that is still being established is not lost. */
  begin(): void;
  /** The last error of ioredis since the connection was ready. */
  lastError(): Error | null;
  stop(): void;
}

/** Reports once when a connection is lost and once when it is back, with the last of ioredis' errors, one for each attempt. */
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
