import type { Migration } from "./migration.js";

/**
 * Indexes for what is counted and pruned: the threads whose entry is claimed, and the ended tasks whose transcript is still
 * there. Built while the tables are written.
 */
export const concurrentIndexes: Migration = {
  id: "0011-concurrent-indexes",
  isAdditive: true,
  isTransactional: false,
  sql: `
DROP INDEX CONCURRENTLY IF EXISTS threads_claimed;
CREATE INDEX CONCURRENTLY threads_claimed ON threads (queue_task_id) WHERE queue_claim_id IS NOT NULL;
DROP INDEX CONCURRENTLY IF EXISTS tasks_with_transcript;
CREATE INDEX CONCURRENTLY tasks_with_transcript ON tasks (finished_at) WHERE NOT is_transcript_pruned AND finished_at IS NOT NULL;
`,
};
