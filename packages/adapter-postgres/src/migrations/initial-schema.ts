import type { Migration } from "./migration.js";

/**
 * The separators of words, as SQL, named by code points so that no locale matters: ASCII but letters and digits, and the
 * punctuation of other scripts. The parser of `to_tsvector` is several times slower.
 */
export const wordSeparators =
  "'[\\u0001-\\u002f:-@\\u005b-\\u0060{-\\u00bf\\u2000-\\u206f\\u3000-\\u303f\\uff01-\\uff0f\\uff1a-\\uff20]+'";

/**
 * The first schema: PostgreSQL 14 or newer, no extension. Nothing refers to `installations` by a foreign key: no row of it
 * is ever deleted, and checking it would lock the one row that every delivery of a tenant shares.
 */
export const initialSchema: Migration = {
  id: "0001-initial-schema",
  sql: `
CREATE TABLE installations (
  id text PRIMARY KEY,
  provider text NOT NULL,
  external_id text NOT NULL,
  account text NOT NULL,
  status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'suspended', 'deleted')),
  webhook_secret text,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (provider, external_id)
);
COMMENT ON COLUMN installations.webhook_secret IS 'encrypted: v1.<keyId>.<iv>.<ciphertext>.<tag>';

CREATE TABLE threads (
  id text PRIMARY KEY,
  installation_id text NOT NULL,
  session_id text,
  queue_task_id text,
  queue_claim_id text,
  queue_claimed_until timestamptz,
  created_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
COMMENT ON COLUMN threads.queue_task_id IS 'the task whose queue entry is claimed: one of a thread at a time';

CREATE TABLE thread_aliases (
  installation_id text NOT NULL,
  alias text NOT NULL,
  thread_id text NOT NULL REFERENCES threads (id),
  sequence bigint GENERATED ALWAYS AS IDENTITY,
  PRIMARY KEY (installation_id, alias)
);
CREATE INDEX thread_aliases_thread ON thread_aliases (thread_id, sequence);

CREATE SEQUENCE tasks_queue_place;

CREATE TABLE tasks (
  id text PRIMARY KEY,
  sequence bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  version integer NOT NULL,
  status text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
  reason text,
  explanation text,
  installation_id text NOT NULL,
  thread_id text NOT NULL REFERENCES threads (id),
  trigger text NOT NULL,
  priority integer NOT NULL,
  actor_id text NOT NULL,
  actor_login text NOT NULL,
  origin jsonb NOT NULL,
  provider text NOT NULL GENERATED ALWAYS AS (origin ->> 'provider') STORED,
  repository jsonb NOT NULL,
  repository_id text NOT NULL GENERATED ALWAYS AS (repository ->> 'id') STORED,
  repository_name text NOT NULL GENERATED ALWAYS AS
    (lower((repository ->> 'owner') || '/' || (repository ->> 'name'))) STORED,
  title text NOT NULL,
  instruction text NOT NULL,
  words tsvector NOT NULL GENERATED ALWAYS AS (array_to_tsvector(array_remove(regexp_split_to_array(
    lower(regexp_replace(left(title || ' ' || instruction, 20000), '(\\S{200})', '\\1 ', 'g')), ${wordSeparators}), ''))) STORED,
  context jsonb NOT NULL,
  attempt integer NOT NULL DEFAULT 0,
  release_count integer NOT NULL DEFAULT 0,
  fence bigint NOT NULL DEFAULT 0,
  not_before timestamptz,
  lease_until timestamptz,
  queue_rank timestamptz,
  queue_place bigint,
  queue_due timestamptz,
  queue_buried_reason text,
  cancel_requested_at timestamptz,
  agent text,
  model text,
  session_id text,
  cost_usd numeric NOT NULL DEFAULT 0,
  input_tokens bigint NOT NULL DEFAULT 0,
  output_tokens bigint NOT NULL DEFAULT 0,
  cache_read_tokens bigint NOT NULL DEFAULT 0,
  cache_creation_tokens bigint NOT NULL DEFAULT 0,
  event_count bigint NOT NULL DEFAULT 0,
  result jsonb,
  traceparent text,
  created_at timestamptz NOT NULL DEFAULT now(),
  started_at timestamptz,
  finished_at timestamptz,
  CHECK ((status = 'running') = (lease_until IS NOT NULL)),
  CHECK ((status IN ('succeeded', 'failed', 'cancelled')) = (finished_at IS NOT NULL)),
  CHECK (num_nulls(queue_rank, queue_place, queue_due) IN (0, 3))
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
COMMENT ON COLUMN tasks.queue_rank IS 'when it was put in the queue, plus a minute for each step of its priority; null: it is not in the queue';
CREATE UNIQUE INDEX tasks_one_running_of_a_thread ON tasks (thread_id) WHERE status = 'running';
CREATE INDEX tasks_open_of_a_thread ON tasks (thread_id, sequence) WHERE status IN ('queued', 'running');
CREATE INDEX tasks_queued ON tasks (sequence) WHERE status = 'queued';
CREATE INDEX tasks_of_a_thread ON tasks (thread_id, sequence);
CREATE INDEX tasks_of_a_status ON tasks (status, sequence);
CREATE INDEX tasks_of_a_repository ON tasks (repository_name, sequence);
CREATE INDEX tasks_of_a_provider ON tasks (provider, sequence);
CREATE INDEX tasks_of_a_trigger ON tasks (trigger, sequence);
CREATE INDEX tasks_of_an_actor ON tasks (lower(actor_login), sequence);
CREATE INDEX tasks_words ON tasks USING gin (words) WITH (gin_pending_list_limit = 256);
CREATE INDEX tasks_in_queue ON tasks (queue_rank, queue_place, queue_due)
  WHERE queue_rank IS NOT NULL AND status IN ('queued', 'running');
CREATE INDEX tasks_in_queue_of_a_thread ON tasks (thread_id, queue_place)
  WHERE queue_rank IS NOT NULL AND status IN ('queued', 'running');
CREATE INDEX tasks_buried ON tasks (sequence) WHERE queue_buried_reason IS NOT NULL;

CREATE TABLE deliveries (
  id text PRIMARY KEY,
  sequence bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  endpoint text NOT NULL,
  provider text NOT NULL,
  external_id text,
  event text NOT NULL,
  semantic_key text,
  body bytea,
  body_sha256 text NOT NULL,
  headers jsonb NOT NULL,
  request_id text NOT NULL,
  traceparent text,
  status text NOT NULL CHECK (status IN ('accepted', 'duplicate', 'ignored')),
  reason text CHECK ((reason IS NOT NULL) = (status = 'ignored')),
  task_id text CHECK (task_id IS NOT NULL OR status <> 'accepted'),
  installation_id text,
  seen_count integer NOT NULL DEFAULT 1,
  received_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (endpoint, body_sha256),
  UNIQUE (endpoint, semantic_key)
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05);
CREATE INDEX deliveries_external_id ON deliveries (external_id) WHERE external_id IS NOT NULL;
CREATE INDEX deliveries_of_a_provider ON deliveries (provider, sequence);
CREATE INDEX deliveries_of_a_status ON deliveries (status, sequence);
CREATE INDEX deliveries_received_at ON deliveries (received_at);
CREATE INDEX deliveries_with_a_body ON deliveries (received_at) WHERE body IS NOT NULL;

CREATE TABLE effects (
  task_id text NOT NULL REFERENCES tasks (id),
  key text NOT NULL,
  kind text NOT NULL,
  sequence bigint GENERATED ALWAYS AS IDENTITY,
  intended_at timestamptz NOT NULL DEFAULT now(),
  performed_at timestamptz,
  result jsonb,
  PRIMARY KEY (task_id, key)
);

CREATE TABLE checkpoints (
  task_id text PRIMARY KEY REFERENCES tasks (id),
  is_finished boolean NOT NULL,
  outcome jsonb NOT NULL,
  commit text,
  base_commit text NOT NULL,
  diff_stat text,
  bundle bytea,
  saved_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE task_events (
  task_id text NOT NULL REFERENCES tasks (id),
  seq bigint NOT NULL,
  type text NOT NULL,
  at timestamptz NOT NULL,
  data jsonb NOT NULL,
  PRIMARY KEY (task_id, seq)
);

CREATE TABLE budgets (
  scope text PRIMARY KEY,
  spent_usd numeric NOT NULL DEFAULT 0,
  updated_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);

CREATE TABLE budget_reservations (
  task_id text NOT NULL REFERENCES tasks (id),
  scope text NOT NULL,
  amount_usd numeric NOT NULL,
  PRIMARY KEY (task_id, scope)
);
CREATE INDEX budget_reservations_scope ON budget_reservations (scope);
`,
};
