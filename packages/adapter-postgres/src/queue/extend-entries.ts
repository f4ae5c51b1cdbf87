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

/** Extends leases, all in one statement that moves no index; says of each whether it is still held. */
export async function extendEntries(
  database: SqlDatabase,
  extensions: readonly LeaseExtension[],
): Promise<readonly boolean[]> {
  const texts = (of: (extension: LeaseExtension) => string): readonly string[] => extensions.map(of);
  const threadIds = texts(({ held }) => held.entry.threadId);
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
      RETURNING threads.id`,
  );
  const held = new Set(rows.map(({ id }) => id));
  return extensions.map((extension) => held.has(extension.held.entry.threadId));
}
