import type { RedisClient } from "../connection/redis-client.js";

/** What a blocking command cannot live with, whatever the client has. */
const overrides = {
  // A resent BZPOPMIN would take the marker for somebody who no longer listens, and ioredis never settles the old one.
  autoResendUnfulfilledCommands: false,
  enableAutoPipelining: false,
  maxRetriesPerRequest: null,
  commandTimeout: undefined,
  socketTimeout: undefined,
};

/** Another connection like the client's, for blocking. It is ours to close. */
export function duplicateForBlocking(client: RedisClient): RedisClient {
  const isCluster = Reflect.get(client, "isCluster") === true;
  const redisOptions = { ...Object(Reflect.get(Object(Reflect.get(client, "options")), "redisOptions")), ...overrides };
  const args = isCluster ? [[], { redisOptions }] : [overrides];
  const connection: RedisClient = Reflect.apply(client.duplicate, client, args);
  // Without a listener ioredis writes each error to the console.
  connection.on("error", () => {});
  return connection;
}
