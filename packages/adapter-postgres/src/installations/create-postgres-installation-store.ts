import { AgentBotError, type InstallationStore, type KeyRing, type TenantClaim } from "@agentbot/core";
import { newTaskId } from "@agentbot/core/adapter";
import { execute, fetchRow } from "../database/fetch-rows.js";
import { type SqlFragment, sql } from "../database/sql.js";
import type { SqlDatabase } from "../database/sql-database.js";
import { installationColumns, installationRow, toInstallation, webhookSecretOf } from "./installation-row.js";

/** Installations in a database, their secrets encrypted. */
export function createPostgresInstallationStore(database: SqlDatabase, keyRing: KeyRing): InstallationStore {
  const findWhere = (condition: SqlFragment) =>
    fetchRow(
      database,
      "installation",
      installationRow,
      sql`SELECT ${installationColumns} FROM installations WHERE ${condition}`,
    );
  const findByExternalId = (provider: string, externalId: string) =>
    findWhere(sql`provider = ${provider} AND external_id = ${externalId}`);

  const findOrCreate = async (provider: string, claim: TenantClaim) => {
    const known = await findByExternalId(provider, claim.externalId);
    if (known) return known;
    await execute(
      database,
      sql`INSERT INTO installations (id, provider, external_id, account)
        VALUES (${newTaskId()}, ${provider}, ${claim.externalId}, ${claim.account})
        ON CONFLICT (provider, external_id) DO NOTHING`,
    );
    const created = await findByExternalId(provider, claim.externalId);
    if (created) return created;
    throw new AgentBotError("STORE_UNAVAILABLE", "The installation that was just stored is gone: try again.");
  };

  return {
    async ensure(provider, claim, webhookSecret) {
      const known = await findOrCreate(provider, claim);
      if (webhookSecret === undefined) return await toInstallation(keyRing, known);
      const encrypted = await keyRing.encrypt(webhookSecret, webhookSecretOf(known.id));
      const updated = await fetchRow(
        database,
        "installation",
        installationRow,
        sql`UPDATE installations SET webhook_secret = ${encrypted}, updated_at = now()
          WHERE id = ${known.id} RETURNING ${installationColumns}`,
      );
      return await toInstallation(keyRing, updated ?? known);
    },

    async find(installationId) {
      const row = await findWhere(sql`id = ${installationId}`);
      return row && (await toInstallation(keyRing, row));
    },

    async findByExternalId(provider, externalId) {
      const row = await findByExternalId(provider, externalId);
      return row && (await toInstallation(keyRing, row));
    },
  };
}
