import type { Migration } from "./migration.js";

/** The fence under which a checkpoint was saved: a save that is repeated under it counts its usage once. */
export const checkpointFences: Migration = {
  id: "0012-checkpoint-fences",
  isAdditive: true,
  sql: `
ALTER TABLE checkpoints ADD COLUMN fence bigint NOT NULL DEFAULT 0;
`,
};
