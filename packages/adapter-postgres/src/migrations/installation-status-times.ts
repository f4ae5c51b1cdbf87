import type { Migration } from "./migration.js";

/** When an installation's status changed, by the provider's clock: a change that arrives late is ignored. */
export const installationStatusTimes: Migration = {
  id: "0004-installation-news",
  isAdditive: true,
  sql: `
ALTER TABLE installations ADD COLUMN news_at timestamptz;
COMMENT ON COLUMN installations.news_at IS 'when its status was changed, by the clock of the provider';
`,
};
