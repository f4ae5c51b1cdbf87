import type { PubSub } from "@agentbot/core";
import { once, parseOptions, type ShapeOf } from "@agentbot/core/adapter";
import { z } from "zod";
import { clientSchema, type RedisClient } from "../connection/redis-client.js";

/** Options of {@link createRedisPubSub}. */
export interface RedisPubSubOptions {
  /** Publishes, and is duplicated once to subscribe; it stays yours to close. */
  readonly client: RedisClient;
  /** The name of the queue whose processes exchange messages. @defaultValue agent:tasks */
  readonly name?: string;
}

const optionsSchema = z.strictObject({
  client: clientSchema,
  name: z.string().min(1).default("agent:tasks"),
} satisfies ShapeOf<RedisPubSubOptions>);

/**
 * Messages by Redis pub/sub between any number of processes, on channels `{<name>}:wakeup:<channel>`. All subscriptions
 * share one more connection, which the first one opens. After a lost connection every subscriber is notified, since a message
 * may be lost.
 *
 * @throws AgentBotError `CONFIGURATION_INVALID` naming every wrong option
 */
export function createRedisPubSub(options: RedisPubSubOptions): PubSub {
  const { client, name } = parseOptions("createRedisPubSub", optionsSchema, options);
  const prefix = `{${name}}:wakeup:`;
  const subscriber = createSubscriber(client);
  const pending = new Set<string>();
  let isClosed = false;

  const flush = (): void => {
    // While Redis is down messages are dropped: every subscriber is notified once it is back.
    if (client.status === "ready")
      for (const channel of pending) client.call("publish", [prefix + channel, ""]).catch(() => {});
    pending.clear();
  };

  return {
    publish(channel) {
      if (isClosed) return;
      if (pending.size === 0) setImmediate(flush);
      pending.add(channel);
    },
    subscribe: (channel, onMessage) => (isClosed ? () => {} : subscriber.subscribe(prefix + channel, onMessage)),
    close: once(async () => {
      isClosed = true;
      pending.clear();
      subscriber.close();
    }),
  };
}

/** Receives the messages of any number of channels on a connection of its own. */
interface Subscriber {
  subscribe(channel: string, onMessage: () => void): () => void;
  close(): void;
}

interface Subscription {
  readonly onMessage: () => void;
}

/** The pause before a connection that ioredis has given up is tried again, in milliseconds. */
const revivalMs = 5000;

function createSubscriber(client: RedisClient): Subscriber {
  const channels = new Map<string, Set<Subscription>>();
  let connection: RedisClient | null = null;
  let revival: NodeJS.Timeout | undefined;
  let wasConnected = false;

  const notify = (channel: string): void => {
    const subscriptions = channels.get(channel);
    for (const subscription of subscriptions ?? [])
      queueMicrotask(() => {
        if (subscriptions?.has(subscription)) subscription.onMessage();
      });
  };

  // Not left to ioredis: subscribers have to be notified too, and a client may do without its offline queue.
  const resubscribe = async (on: RedisClient): Promise<void> => {
    if (channels.size > 0) await on.call("subscribe", [...channels.keys()]);
    if (wasConnected) for (const channel of channels.keys()) notify(channel);
    wasConnected = true;
  };

  const connect = (): RedisClient => {
    const made = client.duplicate();
    made.on("error", () => {});
    made.on("message", (channel) => notify(String(channel)));
    made.on("ready", () => void resubscribe(made).catch(() => {}));
    made.on("end", () => {
      if (connection !== made) return;
      revival = setTimeout(() => made.connect().catch(() => {}), revivalMs);
      revival.unref();
    });
    if (made.status === "wait") made.connect().catch(() => {});
    return made;
  };
  const send = (command: "subscribe" | "unsubscribe", channel: string): void => {
    connection ??= connect();
    // Not connected yet, or lost: `ready` subscribes to every channel.
    if (connection.status === "ready") connection.call(command, [channel]).catch(() => {});
  };

  return {
    subscribe(channel, onMessage) {
      const subscription = { onMessage };
      const subscriptions = channels.get(channel) ?? new Set();
      channels.set(channel, subscriptions.add(subscription));
      if (subscriptions.size === 1) send("subscribe", channel);
      return () => {
        subscriptions.delete(subscription);
        if (subscriptions.size > 0 || channels.get(channel) !== subscriptions) return;
        channels.delete(channel);
        send("unsubscribe", channel);
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
