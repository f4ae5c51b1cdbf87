import type { RedisClient } from "../connection/redis-client.js";
import { duplicateForBlocking } from "./blocking-connection.js";

/** What ended the listening: the marker was taken, nothing came for a while, or the connection was lost or is back. */
export type Ring = "marker" | "quiet" | "connection";

/** The one blocking connection of a queue in this process. */
export interface Doorbell {
  /** Listens until the next ring, which is told once. */
  listen(): void;
  close(): void;
}

/** How long one BZPOPMIN lasts, in seconds: also how often an idle queue is looked at, whether or not anything rang. */
const listenSeconds = 5;
/** When an answer is overdue by this much, in milliseconds, the connection is taken for dead. */
const silenceMs = 2000;

/** Makes a {@link Doorbell}; it connects with the first `listen`. */
export function createDoorbell(client: RedisClient, marker: string, onRing: (ring: Ring) => void): Doorbell {
  let connection: RedisClient | null = null;
  let watchdog: NodeJS.Timeout | undefined;
  /** The command that is waited for; a late answer to an earlier one means nothing. */
  let current: object | null = null;
  let isClosed = false;

  const ring = (why: Ring): void => {
    if (!current || isClosed) return;
    current = null;
    clearTimeout(watchdog);
    onRing(why);
  };

  const drop = (dropped: RedisClient): void => {
    if (connection === dropped) connection = null;
    dropped.disconnect();
  };

  const block = (on: RedisClient, own: object): void => {
    on.call("bzpopmin", [marker, listenSeconds]).then(
      (reply) => {
        if (current === own) ring(reply ? "marker" : "quiet");
      },
      // Refused or cut off: `close`, or else the watchdog, comes back to it without haste.
      () => {},
    );
  };

  const connect = (): RedisClient => {
    const made = duplicateForBlocking(client);
    // What was rung while nobody listened is still to be looked for.
    for (const event of ["ready", "close"]) {
      made.on(event, () => {
        if (connection === made) ring("connection");
      });
    }
    made.on("end", () => drop(made));
    if (made.status === "wait") made.connect().catch(() => {});
    return made;
  };

  return {
    listen() {
      if (current || isClosed) return;
      current = {};
      connection ??= connect();
      const own = connection;
      if (own.status === "ready") block(own, current);
      watchdog = setTimeout(
        () => {
          // Only a connection that looks alive: one that is being made again must not be disturbed.
          if (connection === own && own.status === "ready") drop(own);
          ring("quiet");
        },
        listenSeconds * 1000 + silenceMs,
      );
    },
    close() {
      isClosed = true;
      current = null;
      clearTimeout(watchdog);
      if (connection) drop(connection);
    },
  };
}
