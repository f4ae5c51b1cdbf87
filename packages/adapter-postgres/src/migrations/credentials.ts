import type { Migration } from "./migration.js";

/** Tokens that accounts granted through OAuth. */
export const credentials: Migration = {
  id: "0010-credentials",
  isAdditive: true,
  sql: `
CREATE TABLE credentials (
  provider text NOT NULL,
  external_id text NOT NULL,
  access_token text NOT NULL,
  refresh_token text,
  expires_at timestamptz,
  scopes text[] NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (provider, external_id)
);
COMMENT ON COLUMN credentials.access_token IS 'encrypted: v1.<keyId>.<iv>.<ciphertext>.<tag>';
COMMENT ON COLUMN credentials.refresh_token IS 'encrypted: v1.<keyId>.<iv>.<ciphertext>.<tag>';
`,
};
