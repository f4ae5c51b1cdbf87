import { z } from "zod";

/**
 * The part of an ioredis client that is used here, from ioredis 5.8 up: `new Redis(…)`, one with Sentinels, or
 * `new Cluster(…)`. Structural, so that two installed versions of ioredis never clash.
 */
export interface RedisClient {
  /** `ready` when commands can be sent; `wait` before a lazy client connects; `end` once it has given up. */
  readonly status: string;
  /** A Cluster client's connections to single nodes. */
  nodes?(role: "master"): readonly RedisClient[];
  connect(): Promise<unknown>;
  /** Sends any command. */
  call(command: string, args: (string | number)[]): Promise<unknown>;
  /** Another client of the same configuration. */
  duplicate(): RedisClient;
  on(event: string, listener: (...given: unknown[]) => void): unknown;
  off(event: string, listener: (...given: unknown[]) => void): unknown;
  /** Closes the connection at once; it is established again only if `reconnect` is true. */
  disconnect(reconnect?: boolean): void;
}

const methods = ["call", "connect", "duplicate", "disconnect", "on", "off"] as const;

function isClient(given: unknown): boolean {
  if (typeof field(given, "status") !== "string") return false;
  return methods.every((name) => typeof field(given, name) === "function");
}

/** A prefix before a key's hash tag makes a bare key hash whole: a queue's keys would lie in two slots of a Cluster. */
function hasFittingPrefix(client: RedisClient): boolean {
  const prefix = field(field(client, "options"), "keyPrefix");
  return client.nodes === undefined || typeof prefix !== "string" || prefix === "" || /\{[^}]+\}/.test(prefix);
}

/** Accepts objects that have the members of a {@link RedisClient}. */
export const clientSchema = z
  .custom<RedisClient>(isClient, { error: "must be an ioredis client (5.8 or newer), such as new Redis(url)" })
  .refine(hasFittingPrefix, "must be a Cluster without keyPrefix, or with a hash tag in it, such as {bot}:");

/** The address a client connects to, as text for people; never the user or the password. */
export function describeAddress(client: RedisClient): string {
  const options = field(client, "options");
  const sentinels = addresses(field(options, "sentinels"));
  if (sentinels !== null) return `${field(options, "name")} by the sentinels ${sentinels}`;
  const path = field(options, "path");
  if (typeof path === "string") return path;
  // Only this field of a Cluster client has the addresses it starts with.
  return addresses(field(client, "startupNodes")) ?? hostAndPort(options) ?? "the configured host";
}

function addresses(nodes: unknown): string | null {
  if (!Array.isArray(nodes)) return null;
  const known = nodes.map(hostAndPort).filter((address) => address !== null);
  return known.length > 0 ? known.join(", ") : null;
}

function hostAndPort(of: unknown): string | null {
  const host = field(of, "host");
  return typeof host === "string" ? `${host}:${field(of, "port") ?? 6379}` : null;
}

function field(of: unknown, name: string): unknown {
  return typeof of === "object" && of !== null ? Reflect.get(of, name) : undefined;
}
