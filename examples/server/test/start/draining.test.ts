import { once } from "node:events";
import { request } from "node:http";
import { webhookRequest } from "@agentbot/provider-github/testing";
import { startPrivatePostgres } from "@agentbot/test-services";
import { Client } from "pg";
import { expect, test } from "vitest";
import { commentPayload } from "../fixtures/github-payloads.js";
import { startServerProcess } from "../fixtures/server-process.js";
import { privateKey } from "../fixtures/test-server.js";

const secret = "a secret of this test only";

test("a gateway that stops is not ready, accepts the webhook in flight, and ends with 0", async () => {
  const postgres = await startPrivatePostgres();
  const databaseUrl = await postgres.createDatabase();
  const gateway = startServerProcess({
    AGENTBOT_ROLE: "gateway",
    DATABASE_URL: databaseUrl,
    AGENTBOT_ENCRYPTION_KEYS: `k1:${Buffer.alloc(32, 7).toString("base64")}`,
    GITHUB_APP_ID: "1",
    GITHUB_PRIVATE_KEY: privateKey,
    GITHUB_WEBHOOK_SECRET: secret,
  });
  try {
    const { url } = await gateway.listening;
    const { headers, body } = webhookRequest({
      event: "issue_comment",
      payload: commentPayload("@agentbot fix it"),
      secret,
    });
    const bytes = Buffer.from(body);
    const sending = request(`${url}/webhooks/github`, {
      method: "POST",
      headers: { ...headers, expect: "100-continue", "content-length": bytes.length },
    });
    sending.flushHeaders();
    await once(sending, "continue");
    gateway.child.kill("SIGTERM");
    await gateway.said("Stopping; a second signal ends at once");
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    sending.end(bytes);
    const [response] = await once(sending, "response");
    expect(response.statusCode).toBe(200);
    response.resume();
    expect((await gateway.ended).code).toBe(0);

    const client = new Client(databaseUrl);
    await client.connect();
    const { rows } = await client.query("SELECT status FROM tasks");
    await client.end();
    expect(rows).toEqual([{ status: "queued" }]);
  } finally {
    gateway.child.kill("SIGKILL");
    await gateway.ended;
    await postgres.close();
  }
});
