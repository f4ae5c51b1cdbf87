import type { RedisClient } from "./redis-client.js";

/** A fact about the server, where INFO has it, the value it must have, and the warning about any other value. */
interface Setting {
  readonly name: string;
  readonly section: string;
  readonly field: string;
  readonly wanted: string;
  readonly advice: string;
  /** Whether to warn where neither INFO nor CONFIG has it. @defaultValue true */
  readonly isNeeded?: boolean;
}

const settings: readonly Setting[] = [
  {
    name: "maxmemory-policy",
    section: "memory",
    field: "maxmemory_policy",
    wanted: "noeviction",
    advice: "Redis may drop parts of the queue when its memory is full; set it to noeviction",
  },
  {
    name: "appendonly",
    section: "persistence",
    field: "aof_enabled",
    wanted: "yes",
    advice: "after a crash of Redis the queue is empty until it has been rebuilt from the store; set it to yes",
  },
  {
    name: "role",
    section: "replication",
    field: "role",
    wanted: "master",
    advice: "nothing can be queued on a replica; tasks are recorded, and run when this is a master again",
    isNeeded: false,
  },
];

/**
 * Reads how each master keeps its data; returns a sentence for every setting that endangers the queue or cannot be read. A
 * managed Redis may forbid CONFIG, another one hides settings from INFO: either is enough. Never throws.
 */
export async function checkServer(client: RedisClient): Promise<readonly string[]> {
  const masters = client.nodes?.("master") ?? [client];
  const checks = masters.flatMap((node) => [
    checkVersion(node),
    ...settings.map((setting) => checkSetting(node, setting)),
  ]);
  const warnings = await Promise.all(checks);
  return [...new Set(warnings.filter((warning) => warning !== null))];
}

/** A version that INFO does not have passes. */
async function checkVersion(node: RedisClient): Promise<string | null> {
  const info = await node.call("info", ["server"]).catch(() => null);
  const [, version = "", major = "", minor = ""] = /^redis_version:((\d+)\.(\d+)[\w.-]*)/m.exec(String(info)) ?? [];
  const isOld = version !== "" && (Number(major) < 6 || (Number(major) === 6 && Number(minor) < 2));
  return isOld ? `redis_version is ${version}: the queue needs commands of 6.2; some of its calls will fail` : null;
}

async function checkSetting(node: RedisClient, setting: Setting): Promise<string | null> {
  const { name, wanted, advice, isNeeded = true } = setting;
  const value = (await fromInfo(node, setting)) ?? (await fromConfig(node, setting));
  if (value === wanted) return null;
  if (value === null && !isNeeded) return null;
  if (value === null) return `${name} is unknown: neither INFO nor CONFIG has it; make sure that it is ${wanted}`;
  return `${name} is ${value}: ${advice}`;
}

async function fromInfo(node: RedisClient, { section, field }: Setting): Promise<string | null> {
  const info = await node.call("info", [section]).catch(() => null);
  const value = new RegExp(`^${field}:([\\w-]+)`, "m").exec(String(info))?.[1] ?? null;
  if (field !== "aof_enabled" || value === null) return value;
  return value === "1" ? "yes" : "no";
}

/** The reply is a flat list of names and values, or an object if ioredis is configured to map replies. */
async function fromConfig(node: RedisClient, { name }: Setting): Promise<string | null> {
  const reply = await node.call("config", ["GET", name]).catch(() => null);
  const value: unknown = Array.isArray(reply) ? reply[1] : reply && Reflect.get(Object(reply), name);
  return typeof value === "string" ? value : null;
}
