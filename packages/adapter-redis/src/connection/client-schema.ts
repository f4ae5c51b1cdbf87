import { z } from "zod";
import type { RedisClient } from "./redis-client.js";

const methods = ["call", "connect", "duplicate", "disconnect", "on", "off"] as const;

function isClient(given: unknown): boolean {
  if (typeof given !== "object" || given === null || typeof Reflect.get(given, "status") !== "string") return false;
  return methods.every((name) => typeof Reflect.get(given, name) === "function");
}

/** A prefix before a key's hash tag makes a bare key hash whole: a queue's keys would lie in two slots of a Cluster. */
function hasFittingPrefix(client: RedisClient): boolean {
  const options: unknown = Reflect.get(client, "options");
  const prefix: unknown = Reflect.get(Object(options), "keyPrefix");
  return client.nodes === undefined || typeof prefix !== "string" || prefix === "" || /\{[^}]+\}/.test(prefix);
}

/** Takes what has the members of a {@link RedisClient}. */
export const clientSchema = z
  .custom<RedisClient>(isClient, { error: "must be an ioredis client (5.8 or newer), such as new Redis(url)" })
  .refine(hasFittingPrefix, "must be a Cluster without keyPrefix, or with a hash tag in it, such as {bot}:");
