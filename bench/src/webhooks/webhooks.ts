import { randomUUID } from "node:crypto";
import { Client } from "pg";
import type { Benchmark } from "../benchmark.js";
import { startProgram } from "./program.js";
import { createSignedWebhooks } from "./signed-webhooks.js";
import { compareThroughput } from "./throughput.js";

/** Webhooks through the real gateway. */
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
    WEBHOOK_SECRET: "",
  };
  const gateway = await startProgram("gateway-process", variables);
  const bare = await startProgram("bare-process", variables);
  try {
    await compareThroughput(gateway, bare, createSignedWebhooks(), context);
  } finally {
    await gateway.stop();
    await bare.stop();
    await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await admin.end();
  }
};
