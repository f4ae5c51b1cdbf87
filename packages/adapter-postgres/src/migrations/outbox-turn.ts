import type { Migration } from "./migration.js";

/** Whose turn it was to offer every waiting task to the queue: one row, for all processes. */
export const outboxTurn: Migration = {
  id: "0003-outbox-turn",
  sql: `
CREATE TABLE outbox_turn (
  id boolean PRIMARY KEY DEFAULT TRUE CHECK (id),
  taken_at timestamptz NOT NULL
);
`,
};
