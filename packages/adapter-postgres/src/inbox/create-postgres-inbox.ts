import {
  AgentBotError,
  type Inbox,
  type InboxRetention,
  type PrunedDeliveries,
  type RecordResult,
} from "@agentbot/core";
import { checkNumbers, checkRequest, cutToName } from "@agentbot/core/adapter";
import { type Batcher, createBatcher } from "../database/create-batcher.js";
import { readPageRequest, toPage } from "../database/page-cursor.js";
import { execute, fetchRow, fetchRows } from "../database/rows.js";
import { allOf, milliseconds, type SqlFragment, sql } from "../database/sql.js";
import type { SqlDatabase } from "../database/sql-database.js";
import { deliveryColumns, deliveryRow, summaryColumns, summaryRow, toDelivery, toSummary } from "./delivery-row.js";
import { recordDelivery } from "./record-delivery.js";
import { type RequestedTask, recordTasks, requestLockNames } from "./record-tasks.js";

/** The inbox in a database. */
export function createPostgresInbox(database: SqlDatabase): Inbox {
  const recorder = { database, recordTask: createTaskRecorder(database) };
  return {
    async record(delivery, request) {
      checkRequest(delivery, request);
      const externalId = delivery.externalId && cutToName(delivery.externalId);
      return await recordDelivery(recorder, { ...delivery, externalId }, request);
    },

    async find(deliveryId) {
      const query = sql`SELECT ${deliveryColumns} FROM deliveries WHERE id = ${deliveryId}`;
      const row = await fetchRow(database, "delivery", deliveryRow, query);
      return row && toDelivery(row);
    },

    async search({ provider, status, externalId, ...page }) {
      const { limit, after } = readPageRequest("deliveries", page);
      const filters = [
        ...(provider === undefined ? [] : [sql`provider = ${provider}`]),
        ...(status === undefined ? [] : [sql`status = ${status}`]),
        ...(externalId === undefined ? [] : [sql`external_id = ${cutToName(externalId)}`]),
        ...(after === null ? [] : [sql`sequence < ${after}::bigint`]),
      ];
      const query = sql`SELECT ${summaryColumns} FROM deliveries WHERE ${allOf(filters)}
        ORDER BY sequence DESC LIMIT ${limit + 1}::bigint`;
      const rows = await fetchRows(database, "delivery", summaryRow, query, { isPrepared: false });
      return toPage("deliveries", rows, limit, toSummary);
    },

    async prune(retention) {
      checkNumbers(retention);
      return await pruneDeliveries(database, retention);
    },
  };
}

/** Forgets whole deliveries and bodies, a statement each; rows that another process is pruning are left to it. */
async function pruneDeliveries(
  database: SqlDatabase,
  { bodiesOlderThanMs, deliveriesOlderThanMs, limit }: InboxRetention,
): Promise<PrunedDeliveries> {
  const olderThan = (ageMs: number) => sql`received_at <= clock_timestamp() - ${milliseconds(ageMs)}`;
  const oldest = (condition: SqlFragment) =>
    sql`id IN (SELECT id FROM deliveries WHERE ${condition}
      ORDER BY received_at LIMIT ${limit}::bigint FOR UPDATE SKIP LOCKED)`;
  const deliveries = await execute(
    database,
    sql`DELETE FROM deliveries WHERE ${oldest(olderThan(deliveriesOlderThanMs))} RETURNING id`,
  );
  const bodies = await execute(
    database,
    sql`UPDATE deliveries SET body = NULL
      WHERE ${oldest(sql`body IS NOT NULL AND ${olderThan(bodiesOlderThanMs)}`)} RETURNING id`,
  );
  return { bodies, deliveries };
}

/**
 * The longest wait of a delivery, in milliseconds: a gateway's default `storeTimeoutMs`, after which its sender was answered
 * 503. The sender's next try must not queue behind an abandoned one.
 */
const maxWaitMs = 8000;

/** Twenty deliveries of GitHub's usual size; the largest, of 25 MB, have a transaction of their own. */
const batchLimits = { maxItems: 32, maxWeight: 1024 * 1024, concurrency: 4 };

/**
 * Records deliveries that request tasks; those that come together share a transaction, and are each answered when it has
 * committed. One that cannot be stored harms none of the others. Null for a delivery that is known.
 */
function createTaskRecorder(database: SqlDatabase): Batcher<RequestedTask, RecordResult | null> {
  const outcomes = createBatcher<RequestedTask, () => RecordResult | null>({
    ...batchLimits,
    weightOf: ({ delivery }) => delivery.body.length,
    namesOf: requestLockNames,
    patience: { maxWaitMs, error: tooBusy },
    run: async (requests) => {
      try {
        return (await recordTasks(database, requests)).map((result) => () => result);
      } catch (error) {
        const isOfOne = requests.length > 1 && !AgentBotError.hasCode(error, "STORE_UNAVAILABLE");
        if (!isOfOne) throw error;
        return await Promise.all(requests.map((request) => recordAlone(database, request)));
      }
    },
  });
  return async (request) => (await outcomes(request))();
}

function tooBusy(): AgentBotError {
  const message = `The database has more to do than it can: a delivery waited ${maxWaitMs} ms for its turn`;
  return new AgentBotError("STORE_UNAVAILABLE", message);
}

/** Records one request by itself; a failure is its own. */
async function recordAlone(database: SqlDatabase, request: RequestedTask): Promise<() => RecordResult | null> {
  try {
    const [result = null] = await recordTasks(database, [request]);
    return () => result;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}
