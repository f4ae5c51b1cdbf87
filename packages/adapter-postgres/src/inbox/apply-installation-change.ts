import type { InstallationChange, TenantClaim } from "@agentbot/core";
import { execute } from "../database/fetch-rows.js";
import { type SqlFragment, sql } from "../database/sql.js";
import type { SqlExecutor } from "../database/sql-database.js";
import { cancelOpenTasks } from "../tasks/cancel-open-tasks.js";

/** The installation a change is about. */
export interface ChangedInstallation extends TenantClaim {
  readonly id: string;
  readonly provider: string;
}

/** Does what a change says, in the transaction that records it. The installation is locked. */
export async function applyInstallationChange(
  transaction: SqlExecutor,
  installation: ChangedInstallation,
  { kind, removedRepositoryIds }: InstallationChange,
): Promise<void> {
  const isItsRepository = sql`repository ->> 'provider' = ${installation.provider}
    AND repository ->> 'externalInstallationId' = ${installation.externalId}`;
  // Work asked for elsewhere, in a chat say, on a repository of this installation ends with it too.
  const isItsTask = sql`(installation_id = ${installation.id} OR (${isItsRepository}))`;
  switch (kind) {
    case "created":
    case "unsuspended":
      await setStatus(transaction, installation, sql`status = 'active'`);
      return;
    case "suspended":
      // A late suspension does not bring a deleted installation back.
      await setStatus(
        transaction,
        installation,
        sql`status = CASE WHEN status = 'deleted' THEN status ELSE 'suspended' END`,
      );
      await execute(transaction, cancelOpenTasks("installation_suspended", isItsTask));
      return;
    case "deleted":
      await setStatus(transaction, installation, sql`status = 'deleted', webhook_secret = NULL`);
      await execute(transaction, cancelOpenTasks("installation_deleted", isItsTask));
      return;
    case "repositories_removed":
      await execute(
        transaction,
        cancelOpenTasks(
          "repository_removed",
          sql`${isItsTask} AND repository_id = ANY (${removedRepositoryIds}::text[])`,
        ),
      );
      return;
  }
}

async function setStatus(
  transaction: SqlExecutor,
  { id, account }: ChangedInstallation,
  change: SqlFragment,
): Promise<void> {
  await execute(
    transaction,
    sql`UPDATE installations SET ${change}, account = ${account}, updated_at = now() WHERE id = ${id}`,
  );
}
