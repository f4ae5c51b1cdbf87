import type { RedisClient } from "../connection/redis-client.js";

/**
 * Why a wait for a marker ended: the marker was taken, none came for a while, or the connection was lost or is
 * established again.
 */
export type WakeReason = "marker" | "timeout" | "connection";

/** Blocks on markers, on a connection of its own that is established by the first `listen`. */
export interface MarkerListener {
  /** Waits for the next reason to wake, which is reported once. */
  listen(): void;
  close(): void;
}

/** How long one BZPOPMIN lasts, in seconds: also how often an idle queue is polled whether or not a marker came. */
const listenSeconds = 5;
/** When an answer is overdue by this many milliseconds, the connection is taken for dead. */
const silenceMs = 2000;

export function createMarkerListener(
  client: RedisClient,
  markers: readonly string[],
  onWake: (reason: WakeReason) => void,
): MarkerListener {
  let connection: RedisClient | null = null;
  let watchdog: NodeJS.Timeout | undefined;
  /** The wait that is on; a late answer to an earlier one means nothing. */
  let current: object | null = null;
  let isClosed = false;

  const wake = (reason: WakeReason): void => {
    if (!current || isClosed) return;
    current = null;
    clearTimeout(watchdog);
    onWake(reason);
  };

  const drop = (dropped: RedisClient): void => {
    if (connection === dropped) connection = null;
    dropped.disconnect();
  };

  const block = (on: RedisClient, own: object): void => {
    on.call("bzpopmin", [...markers, listenSeconds]).then(
      (reply) => {
        if (current === own) wake(reply ? "marker" : "timeout");
      },
      // Refused or cut off: `close`, or else the watchdog, returns to it without haste.
      () => {},
    );
  };

  const connect = (): RedisClient => {
    const made = duplicateForBlocking(client);
    // A marker may have been set while this connection did not listen.
    for (const event of ["ready", "close"]) {
      made.on(event, () => {
        if (connection === made) wake("connection");
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
          // Only a connection that looks alive: one that is being established again must not be disturbed.
          if (connection === own && own.status === "ready") drop(own);
          wake("timeout");
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

/** Options that a blocking command needs, whatever the client has. */
const blockingOptions = {
  // A resent BZPOPMIN would take the marker for a wait that has ended, and ioredis never settles the old one.
  autoResendUnfulfilledCommands: false,
  enableAutoPipelining: false,
  maxRetriesPerRequest: null,
  commandTimeout: undefined,
  socketTimeout: undefined,
};

function duplicateForBlocking(client: RedisClient): RedisClient {
  const isCluster = Reflect.get(client, "isCluster") === true;
  const clusterOptions = Object(Reflect.get(Object(Reflect.get(client, "options")), "redisOptions"));
  const args = isCluster ? [[], { redisOptions: { ...clusterOptions, ...blockingOptions } }] : [blockingOptions];
  const connection: RedisClient = Reflect.apply(client.duplicate, client, args);
  // Without a listener ioredis writes each error to the console.
  connection.on("error", () => {});
  return connection;
}
