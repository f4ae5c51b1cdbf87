import type { Migration } from "./migration.js";

/**
 * Commands, numbered together with the tasks, and entries of the queue like them: each row holds its own claim, since only the first of a lane is ever
 * claimed. The place in line is taken while the thread is locked, so that places are committed in their order.
 */
export const commands: Migration = {
  id: "0009-commands",
  sql: `
CREATE TABLE commands (
  id text PRIMARY KEY,
  sequence bigint NOT NULL UNIQUE DEFAULT nextval('tasks_sequence_seq'),
  name text NOT NULL,
  installation_id text NOT NULL,
  thread_id text REFERENCES threads (id),
  lane text NOT NULL GENERATED ALWAYS AS ('command:' || COALESCE(thread_id, id)) STORED,
  draft jsonb NOT NULL,
  queue_place bigint,
  queue_due timestamptz,
  queue_claim_id text,
  queue_claimed_until timestamptz,
  queue_buried_reason text,
  result jsonb,
  traceparent text,
  created_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz,
  CHECK (num_nulls(queue_place, queue_due) IN (0, 2))
);
COMMENT ON COLUMN commands.finished_at IS 'when it was answered';
CREATE INDEX commands_unanswered ON commands (sequence) WHERE finished_at IS NULL;
CREATE INDEX commands_in_queue ON commands (lane, queue_place) WHERE queue_place IS NOT NULL AND finished_at IS NULL;
CREATE INDEX commands_buried ON commands (sequence) WHERE queue_buried_reason IS NOT NULL;

-- Written only by claims that are limited by installation. A row counts while its thread is held by this very claim: an index
-- of the threads that are claimed would cost every claim 5 % instead.
CREATE TABLE queue_claims (
  thread_id text PRIMARY KEY REFERENCES threads (id),
  installation_id text NOT NULL,
  claim_id text NOT NULL
);

ALTER TABLE deliveries ADD COLUMN command_id text;
COMMENT ON COLUMN deliveries.command_id IS 'the command it gave; task_id is then the newest task of its thread';
DO $$
DECLARE
  former text;
BEGIN
  SELECT conname INTO STRICT former FROM pg_constraint
  WHERE conrelid = 'deliveries'::regclass AND contype = 'c' AND pg_get_constraintdef(oid) LIKE '%task_id%';
  EXECUTE format('ALTER TABLE deliveries DROP CONSTRAINT %I', former);
END $$;
ALTER TABLE deliveries ADD CHECK (status <> 'accepted' OR num_nonnulls(task_id, command_id) > 0);
`,
};
