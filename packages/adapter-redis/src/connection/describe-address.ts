import type { RedisClient } from "./redis-client.js";

const field = (of: unknown, name: string): unknown =>
  typeof of === "object" && of !== null ? Reflect.get(of, name) : undefined;

function hostAndPort(of: unknown): string | null {
  const host = field(of, "host");
  return typeof host === "string" ? `${host}:${field(of, "port") ?? 6379}` : null;
}

function addresses(nodes: unknown): string | null {
  if (!Array.isArray(nodes)) return null;
  const known = nodes.map(hostAndPort).filter((address) => address !== null);
  return known.length > 0 ? known.join(", ") : null;
}

/** Where a client connects to, for people; never the user or the password. */
export function describeAddress(client: RedisClient): string {
  const options = field(client, "options");
  const sentinels = addresses(field(options, "sentinels"));
  if (sentinels !== null) return `${field(options, "name")} by the sentinels ${sentinels}`;
  const path = field(options, "path");
  if (typeof path === "string") return path;
  // A Cluster client says only in this field where it begins.
  return addresses(field(client, "startupNodes")) ?? hostAndPort(options) ?? "the configured host";
}
