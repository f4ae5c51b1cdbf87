import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "@agentbot/core/testing";
import { findFreePort, type PrivateRedis, startPrivateRedis } from "@agentbot/test-services";
import { Redis } from "ioredis";

/** The name of the master for Sentinel. */
export const masterName = "bot";

/** A master, a replica, and a Sentinel that makes the replica the master when the master is gone. */
export interface WatchedRedis {
  readonly sentinelPort: number;
  readonly master: PrivateRedis;
  readonly replica: PrivateRedis;
  close(): Promise<void>;
}

/** Starts a {@link WatchedRedis}; Sentinel has found both servers when this resolves. */
export async function startWatchedRedis(): Promise<WatchedRedis> {
  const master = await startPrivateRedis();
  const replica = await startPrivateRedis({ settings: { replicaof: `127.0.0.1 ${master.port}` } });
  const directory = await mkdtemp(join(tmpdir(), "agentbot-sentinel-"));
  const sentinelPort = await findFreePort();
  const sentinel = await startSentinel(directory, sentinelPort, master.port);
  const admin = new Redis(sentinelPort, "127.0.0.1");
  admin.on("error", () => {});
  await eventually("Sentinel to know the replica", async () => {
    const replicas = await admin.call("sentinel", "REPLICAS", masterName).catch(() => []);
    return String(replicas).includes("master-link-status,ok") ? true : null;
  });
  admin.disconnect();
  return {
    ...{ sentinelPort, master, replica },
    async close() {
      sentinel.kill("SIGKILL");
      if (sentinel.exitCode === null && sentinel.signalCode === null) await once(sentinel, "exit");
      await Promise.all([master.close(), replica.close(), rm(directory, { recursive: true, force: true })]);
    },
  };
}

/** The server program is Sentinel too; it writes what it learns into its file. */
async function startSentinel(directory: string, port: number, masterPort: number): Promise<ChildProcess> {
  const file = join(directory, "sentinel.conf");
  const settings = [
    ...[
      `port ${port}`,
      "bind 127.0.0.1",
      `dir ${directory}`,
      `sentinel monitor ${masterName} 127.0.0.1 ${masterPort} 1`,
    ],
    ...[`sentinel down-after-milliseconds ${masterName} 500`, `sentinel failover-timeout ${masterName} 2000`],
  ];
  await writeFile(file, `${settings.join("\n")}\n`);
  for (const program of ["redis-server", "valkey-server"]) {
    const child = spawn(program, [file, "--sentinel"], { stdio: "ignore" });
    const isThere = await Promise.race([once(child, "spawn").then(() => true), once(child, "error").then(() => false)]);
    if (isThere) return child;
  }
  throw new Error("There is no redis-server or valkey-server on the PATH");
}
