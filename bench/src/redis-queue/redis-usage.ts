import type { Redis } from "ioredis";

/** The counters of a Redis. */
export interface RedisUsage {
  readonly calls: number;
  readonly cpuMs: number;
}

const uncounted = /^cmdstat_(info|config|client|ping|hello|auth|select|cluster)/;

/** Every command that ran, those inside scripts included, and the processor time of the server. */
export async function redisUsage(client: Redis): Promise<RedisUsage> {
  const [commands, cpu] = await Promise.all([client.info("commandstats"), client.info("cpu")]);
  let calls = 0;
  for (const line of commands.split("\r\n")) {
    if (line.startsWith("cmdstat_") && !uncounted.test(line)) calls += Number(/calls=(\d+)/.exec(line)?.[1] ?? 0);
  }
  const seconds = (name: string): number => Number(new RegExp(`^${name}:([\\d.]+)`, "m").exec(cpu)?.[1] ?? 0);
  return { calls, cpuMs: 1000 * (seconds("used_cpu_user") + seconds("used_cpu_sys")) };
}

/** Memory of the data, in bytes. */
export async function redisMemory(client: Redis): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await client.info("memory"))?.[1] ?? 0);
}
