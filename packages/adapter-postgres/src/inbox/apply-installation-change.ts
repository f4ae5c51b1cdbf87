import type { InstallationChange, TenantClaim } from "@agentbot/core";
import { execute } from "../database/rows.js";
import { type SqlFragment, sql } from "../database/sql.js";
import type { SqlExecutor } from "../database/sql-database.js";
import { cancelOpenTasks } from "../tasks/cancel-open-tasks.js";

/** The installation a change is about. */
export interface ChangedInstallation extends TenantClaim {
  readonly id: string;
  readonly provider: string;
}

/** Applies a change, in the transaction that records it. The installation is locked. */
export async function applyInstallationChange(
  transaction: SqlExecutor,
  installation: ChangedInstallation,
  { kind, removedRepositoryIds, occurredAt }: InstallationChange,
): Promise<void> {
  const happenedAt = occurredAt ?? null;
  const setStatus = (change: SqlFragment): Promise<boolean> =>
    changeStatus(transaction, installation, change, happenedAt);
  const isItsRepository = sql`draft -> 'repository' ->> 'provider' = ${installation.provider}
    AND draft -> 'repository' ->> 'tenant' = ${installation.externalId}`;
  // Work asked for elsewhere, in a chat say, on a repository of this installation ends with it too.
  const isItsTask = sql`(installation_id = ${installation.id} OR (${isItsRepository}))`;
  switch (kind) {
    case "created":
    case "unsuspended":
      await setStatus(sql`status = 'active'`);
      return;
    case "suspended": {
      // A late suspension does not bring a deleted installation back.
      const isNewer = await setStatus(sql`status = CASE WHEN status = 'deleted' THEN status ELSE 'suspended' END`);
      if (!isNewer) return;
      await execute(transaction, cancelOpenTasks("installation_suspended", isItsTask));
      await execute(transaction, finishCommands(installation, "installation_suspended"));
      return;
    }
    case "deleted":
      // Never late: an id is not used twice.
      await changeStatus(transaction, installation, sql`status = 'deleted', webhook_secret = NULL`, null);
      if (happenedAt) await noteChange(transaction, installation, happenedAt);
      await execute(
        transaction,
        sql`DELETE FROM credentials
          WHERE provider = ${installation.provider} AND external_id = ${installation.externalId}`,
      );
      await execute(transaction, cancelOpenTasks("installation_deleted", isItsTask));
      await execute(transaction, finishCommands(installation, "installation_deleted"));
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

/** Ends the unanswered commands of an installation without an answer. */
function finishCommands({ id }: ChangedInstallation, reason: string): SqlFragment {
  return sql`UPDATE commands SET finished_at = clock_timestamp(), result = jsonb_build_object('reason', ${reason}::text)
    WHERE installation_id = ${id} AND finished_at IS NULL`;
}

/** Changes the status unless a newer change is stored; returns whether it did. */
async function changeStatus(
  transaction: SqlExecutor,
  { id, account }: ChangedInstallation,
  change: SqlFragment,
  happenedAt: Date | null,
): Promise<boolean> {
  const at = sql`${happenedAt?.toISOString() ?? null}::timestamptz`;
  const changed = await execute(
    transaction,
    sql`UPDATE installations SET ${change}, account = ${account}, updated_at = now(), status_changed_at = COALESCE(${at}, status_changed_at)
      WHERE id = ${id} AND (${at} IS NULL OR status_changed_at IS NULL OR status_changed_at < ${at} OR status_changed_at = ${at} AND status <> 'deleted')
      RETURNING id`,
  );
  return changed > 0;
}

async function noteChange(transaction: SqlExecutor, { id }: ChangedInstallation, happenedAt: Date): Promise<void> {
  const at = sql`${happenedAt.toISOString()}::timestamptz`;
  await execute(
    transaction,
    sql`UPDATE installations SET status_changed_at = GREATEST(status_changed_at, ${at}) WHERE id = ${id}`,
  );
}
