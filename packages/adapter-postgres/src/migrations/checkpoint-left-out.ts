import type { Migration } from "./migration.js";

/** The files that were held back from a commit, with the reasons: a task that is published later shows it in its thread. */
export const checkpointLeftOut: Migration = {
  id: "0013-checkpoint-left-out",
  isAdditive: true,
  sql: `
ALTER TABLE checkpoints ADD COLUMN left_out text;
`,
};
