import type { RedisClient } from "../connection/redis-client.js";

/** Hears the channels of one connection of its own. */
export interface Subscriber {
  subscribe(channel: string, onMessage: () => void): () => void;
  close(): void;
}

interface Subscription {
  readonly onMessage: () => void;
}

/** How long to wait before a connection that ioredis has given up is tried again, in milliseconds. */
const revivalMs = 5000;

/** Makes a {@link Subscriber}; it connects with the first subscription. */
export function createSubscriber(client: RedisClient): Subscriber {
  const channels = new Map<string, Set<Subscription>>();
  let connection: RedisClient | null = null;
  let revival: NodeJS.Timeout | undefined;
  let wasConnected = false;

  const wake = (channel: string): void => {
    const subscriptions = channels.get(channel);
    for (const subscription of subscriptions ?? [])
      queueMicrotask(() => {
        if (subscriptions?.has(subscription)) subscription.onMessage();
      });
  };
  const wakeAll = (): void => {
    for (const channel of channels.keys()) wake(channel);
  };

  // Not left to ioredis: who waits has to be woken too, and a client may do without its offline queue.
  const resubscribe = async (on: RedisClient): Promise<void> => {
    if (channels.size > 0) await on.call("subscribe", [...channels.keys()]);
    if (wasConnected) wakeAll();
    wasConnected = true;
  };

  const connect = (): RedisClient => {
    const made = client.duplicate();
    made.on("error", () => {});
    made.on("message", (channel) => wake(String(channel)));
    made.on("ready", () => void resubscribe(made).catch(() => {}));
    made.on("end", () => {
      if (connection !== made) return;
      revival = setTimeout(() => made.connect().catch(() => {}), revivalMs);
      revival.unref();
    });
    if (made.status === "wait") made.connect().catch(() => {});
    return made;
  };
  const tell = (command: "subscribe" | "unsubscribe", channel: string): void => {
    connection ??= connect();
    // Not connected yet, or lost: `ready` subscribes to everything.
    if (connection.status === "ready") connection.call(command, [channel]).catch(() => {});
  };

  return {
    subscribe(channel, onMessage) {
      const subscription = { onMessage };
      const subscriptions = channels.get(channel) ?? new Set();
      channels.set(channel, subscriptions.add(subscription));
      if (subscriptions.size === 1) tell("subscribe", channel);
      return () => {
        subscriptions.delete(subscription);
        if (subscriptions.size > 0 || channels.get(channel) !== subscriptions) return;
        channels.delete(channel);
        tell("unsubscribe", channel);
      };
    },
    close() {
      clearTimeout(revival);
      for (const subscriptions of channels.values()) subscriptions.clear();
      channels.clear();
      const open = connection;
      connection = null;
      open?.disconnect();
    },
  };
}
