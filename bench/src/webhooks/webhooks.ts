import { randomUUID } from "node:crypto";
import { Client } from "pg";
import type { Benchmark } from "../benchmark.js";
import { type Program, startProgram } from "./program.js";
import { createSignedWebhooks } from "./signed-webhooks.js";
import { sendSteadily } from "./steady-load.js";
import { compareThroughput } from "./throughput.js";

/** Webhooks through the real gateway: a steady load that ends in finished tasks, then as many as it can take. */
export const webhooks: Benchmark = async (context) => {
  const admin = new Client({ connectionString: context.databaseUrl });
  await admin.connect();
  const name = `bench_${randomUUID().replaceAll("-", "")}`;
  await admin.query(`CREATE DATABASE ${name}`);
  const url = new URL(context.databaseUrl);
  url.pathname = `/${name}`;
  const variables = {
    DATABASE_URL: url.href,
    REDIS_URL: context.redisUrl,
    QUEUE_NAME: `bench:${name}`,
    POOL_SIZE: "16",
    CONCURRENCY: "16",
  };
  const programs: Program[] = [];
  const start = async (program: string): Promise<Program> => {
    const started = await startProgram(program, variables);
    programs.push(started);
    return started;
  };
  const database = new Client({ connectionString: url.href });
  try {
    const gateway = await start("gateway-process");
    await database.connect();
    const worker = await start("worker-process");
    await sendSteadily(gateway, database, createSignedWebhooks(), context);
    await worker.stop();
    await compareThroughput(gateway, await start("bare-process"), createSignedWebhooks(), context);
  } finally {
    for (const program of programs) await program.stop();
    await database.end();
    await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await admin.end();
  }
};
