import type { PubSub } from "@agentbot/core";
import { once, parseOptions, type ShapeOf } from "@agentbot/core/adapter";
import { createMemoryPubSub } from "@agentbot/core/memory";
import { z } from "zod";
import { databaseSchema } from "../database/database-schema.js";
import type { SqlDatabase } from "../database/sql-database.js";
import { notificationChannelOf, topicOf } from "../notifications/notification-channel.js";

/** Options of {@link createPostgresPubSub}. */
export interface PostgresPubSubOptions {
  /** Yours to close. Its listening connection is shared with the queue. */
  readonly database: SqlDatabase;
}

const optionsSchema = z.strictObject({ database: databaseSchema } satisfies ShapeOf<PostgresPubSubOptions>);

/**
 * Pub/sub over LISTEN/NOTIFY between any number of processes. Channels are hashed, so a name may be anything; the channels
 * published in one turn of the event loop share a statement, each once. This process's own subscribers are called at once,
 * and all subscribers after a lost connection, since a notification may be lost with it.
 *
 * @throws AgentBotError `CONFIGURATION_INVALID`
 */
export function createPostgresPubSub(options: PostgresPubSubOptions): PubSub {
  const { database } = parseOptions("createPostgresPubSub", optionsSchema, options);
  const notifications = notificationChannelOf(database);
  const local = createMemoryPubSub();
  /** The topics with subscribers in this process, and how many each has. */
  const subscribed = new Map<string, number>();
  const pending = new Set<string>();
  let isPosting = false;
  let isClosed = false;
  let detach: (() => Promise<void>) | null = null;

  const post = async (): Promise<void> => {
    while (pending.size > 0 && !isClosed) {
      const topics = [...pending];
      pending.clear();
      await notifications.notify(topics);
    }
    isPosting = false;
  };
  const listen = (): void => {
    detach ??= notifications.listen({
      onNotification: (topic) => local.publish(topic),
      onConnected: (isAgain) => {
        if (isAgain) for (const topic of subscribed.keys()) local.publish(topic);
      },
      onLost: () => {},
    });
  };

  return {
    publish(channel) {
      if (isClosed) return;
      const topic = topicOf(channel);
      local.publish(topic);
      pending.add(topic);
      if (isPosting) return;
      isPosting = true;
      setImmediate(() => void post());
    },
    subscribe(channel, onMessage) {
      if (isClosed) return () => {};
      const topic = topicOf(channel);
      const unsubscribe = local.subscribe(topic, onMessage);
      subscribed.set(topic, (subscribed.get(topic) ?? 0) + 1);
      listen();
      let isOver = false;
      return () => {
        if (isOver) return;
        isOver = true;
        unsubscribe();
        const left = (subscribed.get(topic) ?? 1) - 1;
        if (left > 0) subscribed.set(topic, left);
        else subscribed.delete(topic);
      };
    },
    close: once(async () => {
      isClosed = true;
      subscribed.clear();
      await Promise.all([local.close(), detach?.()]);
    }),
  };
}
