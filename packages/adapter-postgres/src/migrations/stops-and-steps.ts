import type { Migration } from "./migration.js";

/** The reason of a requested stop, and an index of the events that mark a task's steps among the many of its agent. */
export const stopsAndSteps: Migration = {
  id: "0002-stops-and-steps",
  sql: `
ALTER TABLE tasks ADD COLUMN cancel_reason text;
CREATE INDEX task_events_steps ON task_events (task_id, seq)
  WHERE type IN ('task:begun', 'stage:started', 'stage:finished');
`,
};
