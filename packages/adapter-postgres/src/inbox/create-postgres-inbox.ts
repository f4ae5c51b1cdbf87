import type { Inbox } from "@agentbot/core";
import { fetchRow, fetchRows } from "../database/fetch-rows.js";
import { readPageRequest, toPage } from "../database/page-cursor.js";
import { allOf, sql } from "../database/sql.js";
import type { SqlDatabase } from "../database/sql-database.js";
import { deliveryColumns, deliveryRow, summaryColumns, summaryRow, toDelivery, toSummary } from "./delivery-row.js";
import { pruneDeliveries } from "./prune-deliveries.js";
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
