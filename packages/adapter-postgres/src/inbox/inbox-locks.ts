import { AgentBotError, type DeliveryDraft, type TaskDraft, type TenantClaim, type ThreadAlias } from "@agentbot/core";
import { newTaskId } from "@agentbot/core/adapter";
import type { z } from "zod";
import { execute, fetchRow } from "../database/rows.js";
import { namedLocks, type SqlFragment, sql } from "../database/sql.js";
import type { SqlExecutor } from "../database/sql-database.js";
import { installationRow } from "../installations/create-postgres-installation-store.js";

const tenantRow = installationRow.pick({ id: true, status: true });

/** The installation a delivery belongs to, locked for the rest of the transaction. */
export type Tenant = z.output<typeof tenantRow>;

/** A claim and the provider it was made to. */
export interface ProviderClaim {
  readonly provider: string;
  readonly tenant: TenantClaim;
}

/** The name that a change of an installation locks alone, and every delivery of it together with others. */
export function tenantLockName({ provider, tenant }: ProviderClaim): string {
  return `installation:${provider} ${tenant.externalId}`;
}

/**
 * Finds the installation of a claim, creating it as active if it is unknown, and locks it against every other delivery: a
 * task is never recorded beside a suspension that does not see it.
 */
export async function lockTenantAlone(transaction: SqlExecutor, claim: ProviderClaim): Promise<Tenant> {
  await execute(transaction, sql`SELECT 1 WHERE ${namedLocks([tenantLockName(claim)])}`);
  return await findOrCreate(transaction, claim, sql`FOR NO KEY UPDATE`);
}

/** As {@link lockTenantAlone}, beside other deliveries: against changes only. Locks `names` in the same round trip. */
export async function lockTenant(
  transaction: SqlExecutor,
  claim: ProviderClaim,
  names: readonly string[],
): Promise<Tenant> {
  await execute(transaction, sql`SELECT 1 WHERE ${namedLocks(names, [tenantLockName(claim)])}`);
  return await findOrCreate(transaction, claim, sql``);
}

async function findOrCreate(
  transaction: SqlExecutor,
  { provider, tenant }: ProviderClaim,
  rowLock: SqlFragment,
): Promise<Tenant> {
  await execute(
    transaction,
    sql`INSERT INTO installations (id, provider, external_id, account)
      VALUES (${newTaskId()}, ${provider}, ${tenant.externalId}, ${tenant.account})
      ON CONFLICT (provider, external_id) DO NOTHING`,
  );
  const found = await fetchRow(
    transaction,
    "installation",
    tenantRow,
    sql`SELECT id, status FROM installations
      WHERE provider = ${provider} AND external_id = ${tenant.externalId} ${rowLock}`,
  );
  if (found) return found;
  throw new AgentBotError("STORE_UNAVAILABLE", "The installation that was just stored is gone: try again.");
}

/** The names of whatever makes two deliveries one: transactions that share one of them take turns. */
export function deliveryLockNames({
  endpoint,
  bodySha256,
  dedupeKey,
}: Pick<DeliveryDraft, "endpoint" | "bodySha256" | "dedupeKey">): readonly string[] {
  const keys = dedupeKey === null ? [bodySha256] : [bodySha256, dedupeKey];
  return keys.map((key) => `delivery:${endpoint}:${key}`);
}

/** The names of the thread that a draft belongs to, scoped by its origin. */
export function aliasesOf({ origin, threadAliases }: TaskDraft): readonly ThreadAlias[] {
  return threadAliases.map((alias) => ({ provider: origin.provider, tenant: origin.tenant, alias }));
}

/** The names to lock, as `namedLocks` does, before a thread is looked up by these aliases to be joined or renamed. */
export function threadLockNames(aliases: readonly ThreadAlias[]): readonly string[] {
  return aliases.map(({ provider, tenant, alias }) => `thread:${provider} ${tenant} ${alias}`);
}
