import {
  AgentBotError,
  type Installation,
  type InstallationStore,
  type KeyRing,
  type TenantClaim,
} from "@agentbot/core";
import { checkStorable, installationSchema, newTaskId, tenantClaimSchema } from "@agentbot/core/adapter";
import { z } from "zod";
import { execute, fetchRow } from "../database/rows.js";
import { type SqlFragment, sql } from "../database/sql.js";
import type { SqlDatabase } from "../database/sql-database.js";

/** The columns of {@link installationRow}. */
const installationColumns = sql`id, provider, external_id, account, status, webhook_secret`;

/** A row of `installations`; its secret is still encrypted. */
export const installationRow = z.object({
  id: z.string(),
  provider: z.string(),
  external_id: z.string(),
  account: z.string(),
  status: installationSchema.shape.status,
  webhook_secret: z.string().nullable(),
});

/** Where an installation's webhook secret is stored. */
const webhookSecretOf = (installationId: string) =>
  ({ table: "installations", column: "webhook_secret", rowId: installationId }) as const;

/** Decrypts a row; throws AgentBotError `DECRYPTION_FAILED` with the wrong keys. */
async function toInstallation(keyRing: KeyRing, row: z.output<typeof installationRow>): Promise<Installation> {
  const { id, provider, external_id: externalId, account, status, webhook_secret: encrypted } = row;
  const webhookSecret = encrypted === null ? null : await keyRing.decrypt(encrypted, webhookSecretOf(id));
  return { id, provider, externalId, account, status, webhookSecret };
}

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
      checkStorable("An installation", tenantClaimSchema, claim);
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
