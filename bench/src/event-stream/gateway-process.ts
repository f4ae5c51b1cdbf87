// A gateway with the admin API over PostgreSQL, woken through PostgreSQL or Redis: the process a viewer is connected to.
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createPostgresStore, openPostgresDatabase } from "@agentbot/adapter-postgres";
import { createAesKeyRing, createGateway } from "@agentbot/core";
import { createMemoryQueue } from "@agentbot/core/memory";
import { toNodeHandler } from "@agentbot/core/node";
import { Pool } from "pg";
import { serveProgram } from "../webhooks/serve-program.js";
import { openPubSub } from "./open-pub-sub.js";

const { DATABASE_URL = "", REDIS_URL, ADMIN_TOKEN = "" } = process.env;
const pool = new Pool({ connectionString: DATABASE_URL });
const database = openPostgresDatabase({ pool });
const keyRing = createAesKeyRing({ keys: [{ id: "bench", key: randomBytes(32) }] });
const { pubSub, close } = openPubSub(database, REDIS_URL ?? null);
const gateway = createGateway({
  providers: [],
  store: createPostgresStore({ database, keyRing }),
  queue: createMemoryQueue(),
  pubSub,
  // A wake-up that is lost must show: looking now and then would hide it.
  admin: { token: ADMIN_TOKEN, pollMs: 60_000 },
});
const server = createServer(toNodeHandler(gateway));
server.listen(0, "127.0.0.1", () => {
  serveProgram((server.address() as AddressInfo).port, async () => {
    await gateway.close();
    server.closeAllConnections();
    await close();
    await pool.end();
  });
});
