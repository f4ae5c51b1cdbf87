import type { Migration } from "./migration.js";

/** What was held back from a commit, and why: a task that is published later shows it in its thread. */
export const checkpointLeftOut: Migration = {
  id: "0013-checkpoint-left-out",
  isAdditive: true,
  sql: `
ALTER TABLE checkpoints ADD COLUMN left_out text;
`,
};
