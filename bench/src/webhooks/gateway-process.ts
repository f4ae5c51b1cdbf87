// The real gateway with its real parts: node:http, the GitHub provider, PostgreSQL, and Redis when it is given.
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createPostgresStore, migrate, openPostgresDatabase } from "@agentbot/adapter-postgres";
import { createRedisQueue } from "@agentbot/adapter-redis";
import { createAesKeyRing, createGateway, createMetricsRegistry } from "@agentbot/core";
import { toNodeHandler } from "@agentbot/core/node";
import { createGitHubProvider } from "@agentbot/provider-github";
import { Redis } from "ioredis";
import { Pool } from "pg";
import { serveProgram } from "./serve-program.js";
import { webhookSecret } from "./signed-webhooks.js";

const pool = new Pool({ connectionString: process.env["DATABASE_URL"], max: Number(process.env["POOL_SIZE"]) });
const database = openPostgresDatabase({ pool });
await migrate(database);
const keyRing = createAesKeyRing({ keys: [{ id: "bench", key: randomBytes(32) }] });
const client = new Redis(process.env["REDIS_URL"] ?? "");
const queue = createRedisQueue({ client, name: process.env["QUEUE_NAME"] ?? "" });
const metrics = createMetricsRegistry({ version: "0.0.0" });
const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const github = createGitHubProvider({
  appId: "1",
  privateKey: privateKey.export({ type: "pkcs1", format: "pem" }).toString(),
  webhookSecret,
  name: "agentbot",
  metrics,
});
const gateway = createGateway({
  providers: [github],
  store: createPostgresStore({ database, keyRing }),
  queue,
  metrics,
});

const server = createServer(toNodeHandler(gateway));
server.listen(0, "127.0.0.1", () => {
  serveProgram((server.address() as AddressInfo).port, async () => {
    server.closeAllConnections();
    await gateway.close();
    await queue.close();
    client.disconnect();
    await pool.end();
  });
});
