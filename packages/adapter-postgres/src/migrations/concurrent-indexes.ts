import type { Migration } from "./migration.js";

/**
 * The index of the ended tasks whose transcript is still there, built while the table is written.
 */
export const concurrentIndexes: Migration = {
  id: "0011-concurrent-indexes",
  isAdditive: true,
  isTransactional: false,
  sql: `
DROP INDEX CONCURRENTLY IF EXISTS tasks_with_transcript;
CREATE INDEX CONCURRENTLY tasks_with_transcript ON tasks (finished_at) WHERE NOT is_transcript_pruned AND finished_at IS NOT NULL;
`,
};
