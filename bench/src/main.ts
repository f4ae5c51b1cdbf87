// npm run bench -- [--write] [names]: measures on a Redis and a PostgreSQL of its own, prints what it measured, and writes it
// to RESULTS.md.
import { fileURLToPath } from "node:url";
import { startPrivatePostgres, startPrivateRedis } from "@agentbot/test-services";
import { Redis } from "ioredis";
import { Client } from "pg";
import type { Benchmark } from "./benchmark.js";
import { run as eventStream } from "./event-stream.js";
import { run as postgresQueue } from "./postgres-queue.js";
import { run as redisQueue } from "./redis-queue.js";
import { type BenchmarkResult, type MeasuredServers, writeResults } from "./results-file.js";
import { run as searchTasks } from "./search-tasks.js";
import { run as strangers } from "./strangers.js";
import { webhooks } from "./webhooks/webhooks.js";

const benchmarks: Readonly<Record<string, Benchmark>> = {
  webhooks,
  strangers,
  "event-stream": eventStream,
  "search-tasks": searchTasks,
  "redis-queue": redisQueue,
  "postgres-queue": postgresQueue,
};

const given = process.argv.slice(2);
const names = given.filter((argument) => argument !== "--write");
const unknown = names.filter((name) => !Object.hasOwn(benchmarks, name));
if (unknown.length > 0) {
  process.stderr.write(
    `There is no benchmark ${unknown.join(", ")}; there are ${Object.keys(benchmarks).join(", ")}, and the option --write.\n`,
  );
  process.exit(1);
}
// Commits wait for the disk, as in production.
const postgres = await startPrivatePostgres({ durable: true });
const redis = await startPrivateRedis();
const results: BenchmarkResult[] = [];
try {
  const servers = await askVersions();
  for (const [name, run] of Object.entries(benchmarks)) {
    if (names.length > 0 && !names.includes(name)) continue;
    process.stdout.write(`\n${name}\n`);
    const lines: string[] = [];
    const print = (line: string): void => {
      lines.push(line);
      process.stdout.write(`  ${line}\n`);
    };
    await run({ databaseUrl: postgres.url, redisUrl: redis.url, rounds: 5, print });
    results.push({ name, lines });
  }
  if (given.includes("--write")) {
    const file = fileURLToPath(new URL("../RESULTS.md", import.meta.url));
    writeResults(file, Object.keys(benchmarks), results, servers);
  }
} finally {
  await Promise.all([postgres.close(), redis.close()]);
}

async function askVersions(): Promise<MeasuredServers> {
  const database = new Client({ connectionString: postgres.url });
  await database.connect();
  const { rows } = await database.query<{ server_version: string }>("SHOW server_version");
  await database.end();
  const client = new Redis(redis.url);
  const info = await client.info("server");
  client.disconnect();
  return {
    postgres: rows[0]?.server_version.split(" ")[0] ?? "unknown",
    redis: /redis_version:(\S+)/.exec(info)?.[1] ?? "unknown",
  };
}
