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

/** How long a closed connection may take to be back before it is lost, in milliseconds. */
const graceMs = 1000;

/**
 * Reports once when a connection is lost and once when it is back, with the last of ioredis' errors, one for each attempt. It
 * is lost when the first attempt to connect again fails: a server closes connections that are idle and takes new ones.
 */
export function watchConnection(client: RedisClient, { logger, onLost, onBack }: WatchRequest): ConnectionWatch {
  const host = describeAddress(client);
  let last: Error | null = null;
  let isBegun = false;
  let closedAtMs: number | null = null;
  let isLost = false;
  let grace: NodeJS.Timeout | undefined;

  const onError = (error: unknown): void => {
    last = withoutCommand(error);
  };
  const lose = (): void => {
    clearTimeout(grace);
    if (isLost) return;
    isLost = true;
    const error = new AgentBotError("QUEUE_UNAVAILABLE", `Redis at ${host} is lost`, { cause: last });
    if (onLost) onLost(error);
    else logger.warn({ err: error, host }, "Redis is lost; reconnecting until it is back");
  };
  const onClose = (): void => {
    if (!isBegun) return;
    if (closedAtMs === null) {
      closedAtMs = performance.now();
      grace = setTimeout(lose, graceMs);
      grace.unref();
    } else lose();
  };
  const onReady = (): void => {
    clearTimeout(grace);
    last = null;
    if (closedAtMs === null) return;
    const downForMs = Math.round(performance.now() - closedAtMs);
    const wasLost = isLost;
    closedAtMs = null;
    isLost = false;
    if (!wasLost) return;
    if (!onLost) logger.info({ host, downForMs }, "Redis is back");
    onBack();
  };

  client.on("error", onError);
  client.on("close", onClose);
  client.on("ready", onReady);
  return {
    begin() {
      isBegun = true;
      if (client.status !== "ready") onClose();
    },
    lastError: () => last,
    stop() {
      isBegun = false;
      clearTimeout(grace);
      client.off("close", onClose);
      client.off("ready", onReady);
      client.off("error", onError);
      // Without any listener ioredis writes each error to the console.
      client.on("error", () => {});
    },
  };
}
