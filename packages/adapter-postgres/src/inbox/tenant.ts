import { AgentBotError, newTaskId, type TenantClaim } from "@agentbot/core";
import { z } from "zod";
import { execute, fetchRow, fetchRows } from "../database/fetch-rows.js";
import { namedLocks } from "../database/named-locks.js";
import { type SqlFragment, sql } from "../database/sql.js";
import type { SqlExecutor } from "../database/sql-database.js";
import { installationRow } from "../installations/installation-row.js";

const tenantRow = installationRow.pick({ id: true, status: true });
const namedTenantRow = tenantRow.extend({ provider: z.string(), external_id: z.string() });

/** The installation a delivery belongs to, locked for the rest of the transaction. */
export type Tenant = z.output<typeof tenantRow>;

/** A claim and the provider it was made to. */
export interface ProviderClaim {
  readonly provider: string;
  readonly tenant: TenantClaim;
}

const gone = (): AgentBotError =>
  new AgentBotError("STORE_UNAVAILABLE", "The installation that was just stored is gone: try again.");

function create({ provider, tenant }: ProviderClaim): SqlFragment {
  return sql`INSERT INTO installations (id, provider, external_id, account)
    VALUES (${newTaskId()}, ${provider}, ${tenant.externalId}, ${tenant.account})
    ON CONFLICT (provider, external_id) DO NOTHING`;
}

/** Finds the installation of a claim, creating it as active if it is unknown, and locks it against every other delivery. */
export async function lockTenantAlone(transaction: SqlExecutor, claim: ProviderClaim): Promise<Tenant> {
  await execute(transaction, create(claim));
  const tenant = await fetchRow(
    transaction,
    "installation",
    tenantRow,
    sql`SELECT id, status FROM installations
      WHERE provider = ${claim.provider} AND external_id = ${claim.tenant.externalId} FOR NO KEY UPDATE`,
  );
  if (!tenant) throw gone();
  return tenant;
}

/**
 * Finds the installations of these claims, creating as active what is unknown, and locks them against changes: a task is
 * never recorded beside a suspension that does not see it. Locks `names` in the same round trip.
 *
 * @returns the tenant of each claim
 */
export async function lockTenants<Claim extends ProviderClaim>(
  transaction: SqlExecutor,
  claims: readonly Claim[],
  names: readonly string[],
): Promise<(claim: Claim) => Tenant> {
  const find = async (lockedNames: readonly string[]): Promise<ReadonlyMap<string, Tenant>> => {
    const rows = await fetchRows(
      transaction,
      "installation",
      namedTenantRow,
      sql`SELECT id, status, provider, external_id FROM installations
        WHERE (provider, external_id) IN (
          SELECT * FROM unnest(${claims.map(({ provider }) => provider)}::text[],
            ${claims.map(({ tenant }) => tenant.externalId)}::text[])
        ) AND ${namedLocks(lockedNames)}
        ORDER BY id FOR SHARE`,
    );
    return new Map(rows.map((row) => [`${row.provider} ${row.external_id}`, row]));
  };
  const keyOf = ({ provider, tenant }: ProviderClaim): string => `${provider} ${tenant.externalId}`;
  let tenants = await find(names);
  const unknown = new Map(claims.filter((claim) => !tenants.has(keyOf(claim))).map((claim) => [keyOf(claim), claim]));
  if (unknown.size > 0) {
    for (const [, claim] of [...unknown].sort(([a], [b]) => (a < b ? -1 : 1)))
      await execute(transaction, create(claim));
    tenants = await find([]);
  }
  return (claim) => {
    const tenant = tenants.get(keyOf(claim));
    if (!tenant) throw gone();
    return tenant;
  };
}
