import { createServer, type Server } from "node:net";
import { createCleanupStack } from "@agentbot/core/adapter";
import { eventually } from "@agentbot/core/testing";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type PrivatePostgres, startPrivatePostgres, startPrivateRedis } from "../../src/index.js";
import { checkPostgres, runStatement } from "../../src/postgres/run-statement.js";
import { checkRedis } from "../../src/redis/check-redis.js";

const { signal } = new AbortController();
const cleanup = createCleanupStack();
afterAll(() => cleanup.run());

/** A server that answers every connection with the same words. */
async function startSpeaker(words: string): Promise<number> {
  const server: Server = createServer((socket) => {
    socket.on("error", () => {});
    socket.end(words);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanup.push(() => void server.close());
  return Object(server.address()).port;
}

describe("checkRedis", () => {
  test("needs the right password", async () => {
    const redis = await startPrivateRedis({ settings: { requirepass: "p@ss word" } });
    cleanup.push(redis.close);
    const at = (credential: string): string => `redis://${credential}127.0.0.1:${redis.port}/3`;
    expect(await checkRedis(at(":p%40ss%20word@"), signal)).toBeNull();
    expect(await checkRedis(at("default:p%40ss%20word@"), signal)).toBeNull();
    expect(await checkRedis(at(""), signal)).toMatch(/^Redis refuses: NOAUTH/);
    expect(await checkRedis(at(":wrong@"), signal)).toMatch(/^Redis refuses: WRONGPASS/);
  });

  test("refuses a server of another kind", async () => {
    const port = await startSpeaker("HTTP/1.1 400 Bad Request\r\n\r\n");
    expect(await checkRedis(`redis://127.0.0.1:${port}`, signal)).toBe("the server there is not a Redis");
  });
});

describe("checkPostgres", () => {
  let postgres: PrivatePostgres;
  beforeAll(async () => {
    postgres = await startPrivatePostgres();
    cleanup.push(postgres.close);
  });
  const at = (credential: string, database = "postgres"): string =>
    `postgres://${credential}@127.0.0.1:${postgres.port}/${database}`;

  test.each([
    ["scram-sha-256", "scram-sha-256"],
    ["md5", "md5"],
    ["scram-sha-256", "password"],
  ])("needs the right password, kept as %s and asked for by %s", async (encryption, method) => {
    const user = `user_${encryption.replace(/\W/g, "")}_${method.replace(/\W/g, "")}`;
    const client = new Client({ connectionString: postgres.url });
    await client.connect();
    const { rows } = await client.query("SHOW hba_file");
    await client.query(`SET password_encryption = '${encryption}'`);
    await client.query(`CREATE ROLE ${user} LOGIN CREATEDB PASSWORD 'p@ss word'`);
    await client.query(
      `CREATE TEMP TABLE rules (line text); COPY rules FROM '${rows[0].hba_file}';
       COPY (SELECT 'host all ${user} 127.0.0.1/32 ${method}' UNION ALL SELECT line FROM rules WHERE line ~ '^(host|local) ')
         TO '${rows[0].hba_file}'`,
    );
    await client.query("SELECT pg_reload_conf()");
    await client.end();
    const wrong = at(`${user}:wrong`);
    await eventually("the new rules", async () => ((await checkPostgres(wrong, signal)) === null ? null : true));
    expect(await checkPostgres(wrong, signal)).toMatch(/password authentication failed/);
    expect(await checkPostgres(at(`${user}:p%40ss%20word`), signal)).toBeNull();
  });

  test("needs a user who may create databases, and a database that is there", async () => {
    await runStatement(postgres.url, "CREATE ROLE modest LOGIN");
    expect(await checkPostgres(at("modest"), signal)).toMatch(/^its user may not create databases/);
    expect(await checkPostgres(at("postgres", "nowhere"), signal)).toMatch(/database "nowhere" does not exist/);
    expect(await checkPostgres(`${postgres.url}?sslmode=require`, signal)).toMatch(/does not support SSL/);
  });

  test("refuses a server of another kind", async () => {
    const port = await startSpeaker("-ERR\r\n");
    expect(await checkPostgres(`postgres://a@127.0.0.1:${port}/a`, signal)).toMatch(/^no PostgreSQL accepts/);
  });
});
