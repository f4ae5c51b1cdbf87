import type { Migration } from "./migration.js";

/** Why a task was asked to stop, and an index of the lines that tell its steps from the many its agent says. */
export const stopsAndSteps: Migration = {
  id: "0002-stops-and-steps",
  sql: `
ALTER TABLE tasks ADD COLUMN cancel_reason text;
CREATE INDEX task_events_steps ON task_events (task_id, seq)
  WHERE type IN ('task:begun', 'stage:started', 'stage:finished');
`,
};
