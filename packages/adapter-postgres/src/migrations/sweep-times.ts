import type { Migration } from "./migration.js";

/** When a process last offered every waiting task to the queue: one row, for all processes. */
export const sweepTimes: Migration = {
  id: "0003-outbox-turn",
  sql: `
CREATE TABLE outbox_turn (
  id boolean PRIMARY KEY DEFAULT TRUE CHECK (id),
  taken_at timestamptz NOT NULL
);
`,
};
