import { startPrivatePostgres, startPrivateRedis } from "@agentbot/test-services";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** A Redis for this run. Use a key prefix or queue name of your own, never flush: it may be somebody's. */
    readonly redisUrl: string;
    /** A PostgreSQL for this run. Work in a database of your own, made with `CREATE DATABASE`. */
    readonly databaseUrl: string;
  }
}

/** Starts what tests share, once a run; they get it with `inject("redisUrl")` and `inject("databaseUrl")`. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const path = process.env["PATH"] ?? "";
  const [redis, postgres] = await Promise.all([startPrivateRedis({ path }), startPrivatePostgres({ path })]);
  project.provide("redisUrl", redis.url);
  project.provide("databaseUrl", postgres.url);
  return async () => {
    await Promise.all([redis.close(), postgres.close()]);
  };
}
