import { randomBytes } from "node:crypto";
import { migrate, openPostgresDatabase } from "@agentbot/adapter-postgres";
import { runStatement } from "@agentbot/test-services";
import { Redis } from "ioredis";
import { Pool } from "pg";

/** A task as it is stored. */
export interface StoredTask {
  readonly id: string;
  readonly status: string;
  readonly reason: string | null;
  readonly agent: string | null;
  readonly isCancelRequested: boolean;
}

/** A database and a part of Redis for the test alone, and an operator's access to them. */
export interface Servers {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** The queue's name in Redis. */
  readonly queueName: string;
  /** Begins anew with nothing. */
  empty(): Promise<void>;
  /** Loses the queue. */
  flush(): Promise<void>;
  tasks(): Promise<readonly StoredTask[]>;
  /** Our id of a delivery, by the provider's. */
  findDelivery(externalId: string): Promise<string | null>;
  /** The sum of all reservations, in US dollars. */
  reservedUsd(): Promise<number>;
  /** Ends the leases of every task that none of these agents holds, in both servers. */
  endLeases(liveAgents: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** Makes a migrated database and takes a prefix of Redis. */
export async function prepareServers(postgresUrl: string, redisUrl: string): Promise<Servers> {
  const name = `histories_${randomBytes(6).toString("hex")}`;
  await runStatement(postgresUrl, `CREATE DATABASE ${name}`);
  const url = new URL(postgresUrl);
  url.pathname = `/${name}`;
  const pool = new Pool({ connectionString: url.href, max: 2 });
  pool.on("error", () => {});
  await migrate(openPostgresDatabase({ pool }));
  const redis = new Redis(redisUrl);
  const leases = `{${name}}:leases`;

  const flush = async (): Promise<void> => {
    const keys = await redis.keys(`*${name}*`);
    if (keys.length > 0) await redis.unlink(...keys);
  };
  return {
    databaseUrl: url.href,
    redisUrl,
    queueName: name,
    flush,
    async empty() {
      const { rows } = await pool.query<{ name: string }>(
        "SELECT relname AS name FROM pg_stat_user_tables WHERE relname <> 'agentbot_migrations'",
      );
      await pool.query(`TRUNCATE ${rows.map((row) => row.name).join(", ")} CASCADE`);
      await flush();
    },
    async tasks() {
      const { rows } = await pool.query<StoredTask>(
        `SELECT id, status, reason, agent, cancel_requested_at IS NOT NULL AS "isCancelRequested" FROM tasks`,
      );
      return rows;
    },
    async findDelivery(externalId) {
      const { rows } = await pool.query<{ id: string }>(
        "SELECT id FROM deliveries WHERE external_id = $1 AND endpoint = 'acme'",
        [externalId],
      );
      return rows[0]?.id ?? null;
    },
    async reservedUsd() {
      const { rows } = await pool.query<{ usd: number }>(
        "SELECT coalesce(sum(amount_usd), 0)::float AS usd FROM budget_reservations",
      );
      return rows[0]?.usd ?? 0;
    },
    async endLeases(liveAgents) {
      await pool.query(
        `UPDATE tasks SET lease_until = clock_timestamp() - interval '1 second'
         WHERE status = 'running' AND NOT (agent = ANY ($1))`,
        [liveAgents],
      );
      const { rows } = await pool.query<{ id: string }>(
        "SELECT id FROM tasks WHERE status = 'running' AND agent = ANY ($1)",
        [liveAgents],
      );
      const held = new Set(rows.map(({ id }) => id));
      for (const member of await redis.zrange(leases, "0", "-1")) {
        const [, id] = member.split("|");
        if (id !== undefined && !held.has(id)) await redis.call("ZADD", leases, "XX", "1", member);
      }
    },
    async close() {
      await flush();
      redis.disconnect();
      await pool.end();
      await runStatement(postgresUrl, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}
