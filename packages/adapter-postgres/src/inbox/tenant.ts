import { AgentBotError, newTaskId, type TenantClaim } from "@agentbot/core";
import type { z } from "zod";
import { execute, fetchRow } from "../database/fetch-rows.js";
import { namedLocks } from "../database/named-locks.js";
import { sql } from "../database/sql.js";
import type { SqlExecutor } from "../database/sql-database.js";
import { installationRow } from "../installations/installation-row.js";

const tenantRow = installationRow.pick({ id: true, status: true });

/** The installation a delivery belongs to, locked for the rest of the transaction. */
export type Tenant = z.output<typeof tenantRow>;

/** How {@link lockTenant} locks: others may record beside a `reader`; a `writer` is alone. */
export interface TenantLock {
  readonly as: "reader" | "writer";
  /** Further names to lock, in the same round trip. */
  readonly names: readonly string[];
}

/**
 * Finds the installation of a claim, creating it as active if it is unknown, and locks it: a task is never recorded
 * beside a suspension that does not see it.
 */
export async function lockTenant(
  transaction: SqlExecutor,
  provider: string,
  claim: TenantClaim,
  { as, names }: TenantLock,
): Promise<Tenant> {
  const find = () =>
    fetchRow(
      transaction,
      "installation",
      tenantRow,
      sql`SELECT id, status FROM installations
        WHERE provider = ${provider} AND external_id = ${claim.externalId} AND ${namedLocks(names)}
        FOR ${as === "reader" ? sql`SHARE` : sql`NO KEY UPDATE`}`,
    );
  const known = await find();
  if (known) return known;
  await execute(
    transaction,
    sql`INSERT INTO installations (id, provider, external_id, account)
      VALUES (${newTaskId()}, ${provider}, ${claim.externalId}, ${claim.account})
      ON CONFLICT (provider, external_id) DO NOTHING`,
  );
  const created = await find();
  if (created) return created;
  throw new AgentBotError("STORE_UNAVAILABLE", "The installation that was just stored is gone: try again.");
}
