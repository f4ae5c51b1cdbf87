import { z } from "zod";
import type { RedisClient } from "./redis-client.js";

const methods = ["call", "connect", "duplicate", "disconnect", "on", "off"] as const;

function isClient(given: unknown): boolean {
  if (typeof given !== "object" || given === null || typeof Reflect.get(given, "status") !== "string") return false;
  return methods.every((name) => typeof Reflect.get(given, name) === "function");
}

/** Takes what has the members of a {@link RedisClient}. */
export const clientSchema = z.custom<RedisClient>(isClient, {
  error: "must be an ioredis client (5.8 or newer), such as new Redis(url)",
});
