import type { CredentialKey, CredentialStore, KeyRing, OAuthTokens } from "@agentbot/core";
import { checkTokens, refreshTokens } from "@agentbot/core/adapter";
import { z } from "zod";
import { execute, fetchRow, timeColumn } from "../database/rows.js";
import { sql } from "../database/sql.js";
import type { SqlDatabase, SqlExecutor } from "../database/sql-database.js";

const credentialRow = z.object({
  access_token: z.string(),
  refresh_token: z.string().nullable(),
  expires_at: timeColumn.nullable(),
  scopes: z.array(z.string()),
});

/** Tokens in a database, encrypted; the row is named by its key, so that ciphertexts cannot be swapped between rows. */
export function createPostgresCredentialStore(database: SqlDatabase, keyRing: KeyRing): CredentialStore {
  const locationOf = ({ provider, externalId }: CredentialKey, column: "access_token" | "refresh_token") =>
    ({ table: "credentials", column, rowId: `${provider} ${externalId}` }) as const;

  const read = (executor: SqlExecutor, { provider, externalId }: CredentialKey) =>
    fetchRow(
      executor,
      "credential",
      credentialRow,
      sql`SELECT access_token, refresh_token, expires_at, scopes FROM credentials
        WHERE provider = ${provider} AND external_id = ${externalId}`,
    );

  const decrypt = async (key: CredentialKey, row: z.output<typeof credentialRow>): Promise<OAuthTokens> => ({
    accessToken: await keyRing.decrypt(row.access_token, locationOf(key, "access_token")),
    refreshToken:
      row.refresh_token === null ? null : await keyRing.decrypt(row.refresh_token, locationOf(key, "refresh_token")),
    expiresAt: row.expires_at,
    scopes: row.scopes,
  });

  const encrypt = async (key: CredentialKey, { accessToken, refreshToken }: OAuthTokens) => ({
    access: await keyRing.encrypt(accessToken, locationOf(key, "access_token")),
    refresh: refreshToken === null ? null : await keyRing.encrypt(refreshToken, locationOf(key, "refresh_token")),
  });

  /** Stores renewed tokens unless others were saved meanwhile; returns whether it did. */
  const replace = async (
    executor: SqlExecutor,
    key: CredentialKey,
    former: z.output<typeof credentialRow>,
    tokens: OAuthTokens,
  ): Promise<boolean> => {
    const { access, refresh } = await encrypt(key, tokens);
    const replaced = await execute(
      executor,
      sql`UPDATE credentials SET access_token = ${access}, refresh_token = ${refresh}, expires_at = ${tokens.expiresAt},
          scopes = ${tokens.scopes}::text[], updated_at = now()
        WHERE provider = ${key.provider} AND external_id = ${key.externalId} AND access_token = ${former.access_token}
        RETURNING 1`,
    );
    return replaced > 0;
  };

  return {
    async find(key) {
      const row = await read(database, key);
      return row && (await decrypt(key, row));
    },

    async save(key, tokens) {
      const { access, refresh } = await encrypt(key, checkTokens(key, tokens));
      await execute(
        database,
        sql`INSERT INTO credentials (provider, external_id, access_token, refresh_token, expires_at, scopes)
          VALUES (${key.provider}, ${key.externalId}, ${access}, ${refresh}, ${tokens.expiresAt}, ${tokens.scopes}::text[])
          ON CONFLICT (provider, external_id) DO UPDATE SET access_token = EXCLUDED.access_token,
            refresh_token = EXCLUDED.refresh_token, expires_at = EXCLUDED.expires_at, scopes = EXCLUDED.scopes,
            updated_at = now()`,
      );
    },

    async refresh(key, stale, renew, options) {
      return await refreshTokens({ ...options, stale, renew }, (turn) =>
        database.exclusively(`credential:${key.provider} ${key.externalId}`, async (session) => {
          let executor: SqlExecutor = session;
          let isOver = false;
          let former: z.output<typeof credentialRow> | null = null;
          try {
            return await turn({
              async find() {
                const row = await read(executor, key);
                former ??= row;
                return row && (await decrypt(key, row));
              },
              async replace(renewed) {
                if (!former) return false;
                const used = executor;
                // Until it has answered, the connection of the lock may be what fails.
                executor = database;
                const isReplaced = await replace(used, key, former, renewed);
                if (!isOver) executor = used;
                return isReplaced;
              },
            });
          } finally {
            // Tokens that come late are stored too, and the connection may be in another caller's transaction by then.
            isOver = true;
            executor = database;
          }
        }),
      );
    },

    async remove({ provider, externalId }) {
      await execute(
        database,
        sql`DELETE FROM credentials WHERE provider = ${provider} AND external_id = ${externalId}`,
      );
    },
  };
}
