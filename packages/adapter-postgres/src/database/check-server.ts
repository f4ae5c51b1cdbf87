import { AgentBotError } from "@agentbot/core";
import { poolerAdvice } from "./errors.js";
import { type PostgresConnection, takeConnection } from "./postgres-connection.js";
import type { PostgresPool } from "./postgres-pool.js";

/** The input of {@link checkServer}. */
export interface ServerCheck {
  readonly pool: PostgresPool;
  readonly isBehindTransactionPooler: boolean;
  /** How long an answer may take, in milliseconds. */
  readonly answerTimeoutMs: number;
}

const facts = `SELECT pg_backend_pid() AS "processId", current_setting('server_encoding') AS "encoding",
  current_database() AS "name"`;

/**
 * Refuses what would fail later, and only sometimes: a database that cannot hold every text, and a pooler in transaction mode
 * that is not allowed for.
 *
 * @throws AgentBotError `CONFIGURATION_INVALID`
 */
export async function checkServer(connection: PostgresConnection, check: ServerCheck): Promise<void> {
  const { rows } = await connection.run({ text: facts }, check.answerTimeoutMs);
  const { encoding, name, processId } = rows[0] ?? {};
  if (encoding !== "UTF8") {
    throw new AgentBotError(
      "CONFIGURATION_INVALID",
      `The database ${name} has the encoding ${encoding}, which cannot hold every text: make one with ENCODING 'UTF8' TEMPLATE template0.`,
    );
  }
  const isDirect = connection.client.processID === undefined || connection.client.processID === Number(processId);
  if (check.isBehindTransactionPooler || isDirect) return;
  if (await sharesItsProcess(connection, Number(processId), check)) {
    throw new AgentBotError("CONFIGURATION_INVALID", `The database changes with each transaction: ${poolerAdvice}`);
  }
}

/** A pooler gives its last free server connection first, so that a second client soon has the one of the first. */
const maxOthers = 3;
const takeTimeoutMs = 1_000;

async function sharesItsProcess(
  connection: PostgresConnection,
  processId: number,
  { pool, answerTimeoutMs }: ServerCheck,
): Promise<boolean> {
  const processOf = async ({ run }: PostgresConnection) => {
    const { rows } = await run({ text: 'SELECT pg_backend_pid() AS "processId"' }, answerTimeoutMs);
    return Number(rows[0]?.["processId"]);
  };
  const others: PostgresConnection[] = [];
  try {
    while (others.length < maxOthers) {
      const other = await takeConnection(pool, takeTimeoutMs);
      others.push(other);
      await other.run({ text: "BEGIN" }, answerTimeoutMs);
      if ((await processOf(other)) === processId || (await processOf(connection)) !== processId) return true;
    }
    return false;
  } catch {
    // A small pool has no second connection.
    return false;
  } finally {
    for (const other of others) {
      await other.run({ text: "ROLLBACK" }, answerTimeoutMs).catch(() => {});
      other.release();
    }
  }
}
