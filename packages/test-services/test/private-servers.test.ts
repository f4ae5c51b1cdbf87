import { startPrivatePostgres, startPrivateRedis } from "@agentbot/test-services";
import { expect, inject, test } from "vitest";

test("the run has a Redis and a PostgreSQL", async () => {
  expect(inject("redisUrl")).toMatch(/^redis:\/\//);
  expect(inject("databaseUrl")).toMatch(/^postgres/);
});
test("start", async () => {
  const redis = await startPrivateRedis();
  await redis.kill();
  await redis.start();
  await redis.close();
  const postgres = await startPrivatePostgres();
  await postgres.createDatabase();
  await postgres.stop("immediate");
  await postgres.start();
  await postgres.createDatabase();
  await postgres.close();
});
