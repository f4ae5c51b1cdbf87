import type { Migration } from "./migration.js";

/** When the newest news about an installation happened: what comes late changes nothing. */
export const installationNews: Migration = {
  id: "0004-installation-news",
  isAdditive: true,
  sql: `
ALTER TABLE installations ADD COLUMN news_at timestamptz;
COMMENT ON COLUMN installations.news_at IS 'when its status was changed, by the clock of the provider';
`,
};
