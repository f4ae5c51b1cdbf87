import type { RedisClient } from "./redis-client.js";

const known = new WeakMap<RedisClient, { count: number }>();

/**
 * Counts how often a client's connection is lost, from the first call on; one listener a client. A Cluster client does not
 * tell of its nodes' connections.
 */
export function connectionLosses(client: RedisClient): { readonly count: number } {
  const before = known.get(client);
  if (before) return before;
  const losses = { count: 0 };
  known.set(client, losses);
  client.on("close", () => {
    losses.count += 1;
  });
  return losses;
}
