import type { Installation, KeyRing } from "@agentbot/core";
import { installationSchema } from "@agentbot/core/adapter";
import { z } from "zod";
import { sql } from "../database/sql.js";

/** The columns of {@link installationRow}. */
export const installationColumns = sql`id, provider, external_id, account, status, webhook_secret`;

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
export const webhookSecretOf = (installationId: string) =>
  ({ table: "installations", column: "webhook_secret", rowId: installationId }) as const;

/** Decrypts a row; throws AgentBotError `DECRYPTION_FAILED` with the wrong keys. */
export async function toInstallation(keyRing: KeyRing, row: z.output<typeof installationRow>): Promise<Installation> {
  const { id, provider, external_id: externalId, account, status, webhook_secret: encrypted } = row;
  const webhookSecret = encrypted === null ? null : await keyRing.decrypt(encrypted, webhookSecretOf(id));
  return { id, provider, externalId, account, status, webhookSecret };
}
