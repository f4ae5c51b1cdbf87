import type { PubSub } from "@agentbot/core";
import { once, parseOptions } from "@agentbot/core/adapter";
import { z } from "zod";
import { clientSchema, type RedisClient } from "../connection/redis-client.js";
import { createSubscriber } from "./subscriber.js";

/** What {@link createRedisPubSub} takes. */
export interface RedisPubSubOptions {
  /** Publishes, and is duplicated once for what is heard; it stays yours to close. */
  readonly client: RedisClient;
  /** Who shares wake-ups: the queue's name. @defaultValue agent:tasks */
  readonly name?: string;
}

const optionsSchema = z.strictObject({ client: clientSchema, name: z.string().min(1).default("agent:tasks") });

/**
 * Wake-ups by Redis pub/sub between any number of processes: `{<name>}:wakeup:<channel>`. One more connection, made with
 * the first subscription, hears for all of them. After a lost connection everybody is woken, since a message may be lost.
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
    // Down: lost wake-ups cost time only, and everybody is woken when it is back.
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
