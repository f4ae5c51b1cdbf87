// npm run bench -- [names]: measures on a Redis and a PostgreSQL of its own, and prints what it measured.
import { findTestServices } from "@agentbot/test-services";
import type { Benchmark } from "./benchmark.js";
import { run as eventStream } from "./event-stream.js";
import { run as postgresQueue } from "./postgres-queue.js";
import { run as redisQueue } from "./redis-queue.js";
import { run as searchTasks } from "./search-tasks.js";
import { webhooks } from "./webhooks/webhooks.js";

const benchmarks: Readonly<Record<string, Benchmark>> = {
  webhooks,
  "event-stream": eventStream,
  "search-tasks": searchTasks,
  "redis-queue": redisQueue,
  "postgres-queue": postgresQueue,
};

const names = process.argv.slice(2).filter((argument) => !argument.startsWith("-"));
const unknown = names.filter((name) => !Object.hasOwn(benchmarks, name));
if (unknown.length > 0) {
  process.stderr.write(
    `There is no benchmark ${unknown.join(", ")}; there are ${Object.keys(benchmarks).join(", ")}.\n`,
  );
  process.exit(1);
}
const services = await findTestServices({ environment: process.env });
try {
  for (const [name, run] of Object.entries(benchmarks)) {
    if (names.length > 0 && !names.includes(name)) continue;
    process.stdout.write(`\n${name}\n`);
    const print = (line: string): void => void process.stdout.write(`  ${line}\n`);
    await run({ databaseUrl: services.databaseUrl, redisUrl: services.redisUrl, rounds: 5, print });
  }
} finally {
  await services.close();
}
