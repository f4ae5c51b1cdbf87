// The lower bound of a gateway's work: node:http, the HMAC and one INSERT of the body.
import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Pool } from "pg";
import { serveProgram } from "./serve-program.js";
import { webhookSecret } from "./signed-webhooks.js";

const pool = new Pool({ connectionString: process.env["DATABASE_URL"], max: Number(process.env["POOL_SIZE"]) });
await pool.query("CREATE TABLE IF NOT EXISTS bare_webhooks (id text PRIMARY KEY, event text, body bytea)");

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const body = Buffer.concat(chunks);
    const wanted = Buffer.from(`sha256=${createHmac("sha256", webhookSecret).update(body).digest("hex")}`);
    const given = Buffer.from(String(request.headers["x-hub-signature-256"]));
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) {
      response.writeHead(401).end();
      return;
    }
    const values = [randomUUID(), request.headers["x-github-event"], body];
    pool
      .query({ name: "insert", text: "INSERT INTO bare_webhooks (id, event, body) VALUES ($1, $2, $3)", values })
      .then(
        () => {
          const answer = JSON.stringify({ status: "accepted" });
          response.writeHead(200, { "content-type": "application/json", "content-length": answer.length }).end(answer);
        },
        () => response.writeHead(503).end(),
      );
  });
});
server.listen(0, "127.0.0.1", () => {
  serveProgram((server.address() as AddressInfo).port, async () => {
    server.closeAllConnections();
    await pool.end();
  });
});
