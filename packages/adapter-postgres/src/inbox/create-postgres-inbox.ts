import type { Inbox, InboxRetention, PrunedDeliveries } from "@agentbot/core";
import { readPageRequest, toPage } from "../database/page-cursor.js";
import { execute, fetchRow, fetchRows } from "../database/rows.js";
import { allOf, milliseconds, type SqlFragment, sql } from "../database/sql.js";
import type { SqlDatabase } from "../database/sql-database.js";
import { deliveryColumns, deliveryRow, summaryColumns, summaryRow, toDelivery, toSummary } from "./delivery-row.js";
import { recordDelivery } from "./record-delivery.js";
import { createTaskRecorder } from "./task-recorder.js";

/** The inbox in a database. */
export function createPostgresInbox(database: SqlDatabase): Inbox {
  const recorder = { database, recordTask: createTaskRecorder(database) };
  return {
    record: (delivery, request) => recordDelivery(recorder, delivery, request),

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
        ...(externalId === undefined ? [] : [sql`external_id = ${externalId}`]),
        ...(after === null ? [] : [sql`sequence < ${after}::bigint`]),
      ];
      const query = sql`SELECT ${summaryColumns} FROM deliveries WHERE ${allOf(filters)}
        ORDER BY sequence DESC LIMIT ${limit + 1}::bigint`;
      const rows = await fetchRows(database, "delivery", summaryRow, query, { isPrepared: false });
      return toPage("deliveries", rows, limit, toSummary);
    },

    prune: (retention) => pruneDeliveries(database, retention),
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
