import type { Migration } from "./migration.js";

/**
 * A delivery's body is most of what recording it costs, and pglz most of that: lz4 takes a tenth of the time. Servers built
 * without it go on as before.
 */
export const bodyCompression: Migration = {
  id: "0005-body-compression",
  isAdditive: true,
  sql: `
DO $$ BEGIN
  ALTER TABLE deliveries ALTER COLUMN body SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported OR invalid_parameter_value THEN NULL;
END $$;
`,
};
