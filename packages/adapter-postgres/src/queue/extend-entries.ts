import { z } from "zod";
import { fetchRows } from "../database/fetch-rows.js";
import { sql } from "../database/sql.js";
import type { SqlDatabase } from "../database/sql-database.js";
import type { HeldEntry } from "./claim-entries.js";

/** A lease to be made longer. */
export interface LeaseExtension {
  readonly held: HeldEntry;
  readonly leaseMs: number;
}

const extendedRow = z.object({ id: z.string() });

/** Extends the leases of tasks, all in one statement that moves no index; returns the ids of those that are still held. */
export async function extendEntries(
  database: SqlDatabase,
  extensions: readonly LeaseExtension[],
): Promise<ReadonlySet<string>> {
  const texts = (of: (extension: LeaseExtension) => string): readonly string[] => extensions.map(of);
  const threadIds = texts(({ held }) => held.entry.lane);
  const rows = await fetchRows(
    database,
    "queue lease",
    extendedRow,
    sql`UPDATE threads
      SET queue_claimed_until = statement_timestamp() + interval '1 millisecond' *
        (${texts(({ leaseMs }) => String(leaseMs))}::double precision[])[array_position(${threadIds}::text[], threads.id)]
      WHERE threads.id = ANY (ARRAY(SELECT unnest(${threadIds}::text[]))) AND threads.queue_claimed_until > statement_timestamp()
        AND threads.queue_claim_id =
          (${texts(({ held }) => held.claimId)}::text[])[array_position(${threadIds}::text[], threads.id)]
      RETURNING threads.queue_task_id AS id`,
  );
  return new Set(rows.map(({ id }) => id));
}
