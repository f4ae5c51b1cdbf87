import type { Migration } from "./migration.js";

/**
 * Records deliveries that request tasks: one round trip and one transaction, however many they are. No two of them share an
 * alias, a body or a dedupe key. The drafts pass through: only what places a task is read of them.
 *
 * First everything is locked, in one order for all callers: the names of the tenants against changes, those of threads and
 * deliveries against every other caller. Each statement after that sees what others have committed meanwhile, as READ
 * COMMITTED promises; under any other isolation it would not. Lookups are row by row (`LATERAL … LIMIT 1`), so that no plan
 * reads a whole table, whatever the statistics say.
 *
 * It returns a row for each delivery that it stored. A release that changes it gives it a new name: until the last process
 * of the old release is gone, both are called.
 */
export const recordDraftsFunction: Migration = {
  id: "0008-record-drafts",
  isAdditive: true,
  sql: `
CREATE FUNCTION agentbot_record_drafts(records jsonb, bodies bytea, tenants jsonb, names text[], task_version integer)
RETURNS TABLE (delivery_id text, status text, reason text, task_id text, thread_id text, installation_id text,
  is_id_reused boolean)
LANGUAGE plpgsql AS $function$
#variable_conflict use_column
DECLARE
  threads_of jsonb;
BEGIN
  IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
    RAISE 'agentbot_record_drafts needs READ COMMITTED: set default_transaction_isolation so for this role';
  END IF;

  PERFORM CASE WHEN is_shared THEN pg_advisory_xact_lock_shared(key) ELSE pg_advisory_xact_lock(key) END
  FROM (
    SELECT hashtextextended(name, 0) AS key, bool_and(is_shared) AS is_shared
    FROM (
      SELECT unnest(names) AS name, FALSE AS is_shared
      UNION ALL SELECT tenant ->> 'lock', TRUE FROM jsonb_array_elements(tenants) AS tenant
    ) AS asked
    GROUP BY 1 ORDER BY 1
  ) AS locks;

  INSERT INTO installations (id, provider, external_id, account)
  SELECT tenant.id, tenant.provider, tenant.external_id, tenant.account
  FROM jsonb_to_recordset(tenants) AS tenant (id text, provider text, external_id text, account text)
  WHERE NOT EXISTS (
    SELECT FROM installations
    WHERE installations.provider = tenant.provider AND installations.external_id = tenant.external_id
  )
  ORDER BY tenant.provider, tenant.external_id
  ON CONFLICT DO NOTHING;

  -- Two deliveries may name one thread by different aliases, e.g. its issue and its pull request: the one that commits
  -- first must be the one that is earlier in line.
  SELECT jsonb_object_agg(known.delivery_id, known.thread_ids) INTO threads_of
  FROM (
    SELECT input.delivery_id, jsonb_agg(alias.thread_id ORDER BY name.rank) AS thread_ids
    FROM jsonb_to_recordset(records) AS input (delivery_id text, draft jsonb)
    CROSS JOIN LATERAL jsonb_array_elements_text(input.draft -> 'threadAliases') WITH ORDINALITY AS name (alias, rank)
    CROSS JOIN LATERAL (
      SELECT thread_aliases.thread_id FROM thread_aliases
      WHERE thread_aliases.provider = input.draft -> 'origin' ->> 'provider'
        AND thread_aliases.tenant = input.draft -> 'origin' ->> 'tenant' AND thread_aliases.alias = name.alias LIMIT 1
    ) AS alias
    GROUP BY input.delivery_id
  ) AS known;
  IF threads_of IS NOT NULL THEN
    PERFORM locked.id
    FROM (
      SELECT DISTINCT jsonb_array_elements_text(of_one.value) AS thread_id FROM jsonb_each(threads_of) AS of_one
      ORDER BY thread_id
    ) AS named
    CROSS JOIN LATERAL (
      SELECT threads.id FROM threads WHERE threads.id = named.thread_id LIMIT 1 FOR NO KEY UPDATE
    ) AS locked;
  END IF;

  RETURN QUERY
  WITH input AS MATERIALIZED (
    SELECT input.*, input.draft ->> 'whenThreadBusy' = 'collapse' AS is_collapsing,
      installation.id AS installation_id, threads_of -> input.delivery_id ->> 0 AS known_thread_id,
      NULLIF('installation_' || installation.status, 'installation_active') AS refusal
    FROM jsonb_to_recordset(records) AS input (place integer, delivery_id text, new_task_id text, new_thread_id text,
      tenant text, endpoint text, provider text, external_id text, event text, content_type text, dedupe_key text,
      body_at integer, body_length integer, body_sha256 text, headers jsonb, request_id text, traceparent text, draft jsonb)
    CROSS JOIN LATERAL (
      SELECT installations.id, installations.status FROM installations
      WHERE installations.provider = input.provider AND installations.external_id = input.tenant LIMIT 1
    ) AS installation
  ), busy AS MATERIALIZED (
    SELECT input.delivery_id, newest.id
    FROM input CROSS JOIN LATERAL (
      SELECT tasks.id FROM tasks
      WHERE tasks.thread_id = input.known_thread_id AND tasks.status IN ('queued', 'running')
        -- One that waits for its quota is passed: nothing collapses into it.
        AND NOT (tasks.status = 'queued' AND tasks.reason IS NOT DISTINCT FROM 'quota'
          AND COALESCE(tasks.not_before > statement_timestamp(), FALSE))
      ORDER BY tasks.sequence DESC LIMIT 1
    ) AS newest
    WHERE input.is_collapsing AND input.refusal IS NULL
  ), fresh AS MATERIALIZED (
    SELECT input.*, busy.id AS busy_id FROM input LEFT JOIN busy USING (delivery_id)
    -- A delivery that collapses with a task of this very batch is left out: recorded again, it finds that task.
    WHERE NOT (is_collapsing AND refusal IS NULL AND busy.id IS NULL AND EXISTS (
      SELECT FROM input AS earlier WHERE earlier.known_thread_id = input.known_thread_id AND earlier.place < input.place
    ))
  ), delivery AS (
    INSERT INTO deliveries (id, endpoint, provider, external_id, event, content_type, dedupe_key, body, body_sha256, headers,
      request_id, traceparent, status, reason, task_id, installation_id)
    SELECT delivery_id, endpoint, provider, external_id, event, content_type, dedupe_key,
      substring(bodies FROM body_at FOR body_length), body_sha256, headers, request_id, traceparent,
      CASE WHEN refusal IS NOT NULL THEN 'ignored' WHEN busy_id IS NULL THEN 'accepted' ELSE 'duplicate' END, refusal,
      CASE WHEN refusal IS NULL THEN COALESCE(busy_id, new_task_id) END, installation_id
    FROM fresh ORDER BY place
    ON CONFLICT DO NOTHING RETURNING id, task_id, status
  ), stored AS MATERIALIZED (
    SELECT input.*, delivery.task_id, delivery.status, COALESCE(known_thread_id, new_thread_id) AS thread_id
    FROM delivery JOIN input ON input.delivery_id = delivery.id
  ), created AS (
    INSERT INTO threads (id, installation_id)
    SELECT thread_id, installation_id FROM stored WHERE thread_id = new_thread_id AND status <> 'ignored'
  ), named AS (
    INSERT INTO thread_aliases (provider, tenant, alias, thread_id)
    SELECT stored.draft -> 'origin' ->> 'provider', stored.draft -> 'origin' ->> 'tenant', name.alias, stored.thread_id
    FROM stored, jsonb_array_elements_text(stored.draft -> 'threadAliases') WITH ORDINALITY AS name (alias, rank)
    WHERE stored.status <> 'ignored'
    ORDER BY stored.place, name.rank
    ON CONFLICT DO NOTHING
  ), task AS (
    INSERT INTO tasks (id, version, installation_id, thread_id, draft, traceparent, queue_rank, queue_place, queue_due)
    SELECT task_id, task_version, installation_id, thread_id, draft, traceparent,
      statement_timestamp() + (draft ->> 'priority')::integer * interval '1 minute', nextval('tasks_queue_place'),
      statement_timestamp()
    FROM stored WHERE status = 'accepted' ORDER BY place
  )
  SELECT stored.delivery_id, stored.status, stored.refusal, stored.task_id, stored.thread_id, stored.installation_id,
    COALESCE((
      SELECT TRUE FROM deliveries AS earlier
      WHERE earlier.external_id = stored.external_id AND earlier.endpoint || '' = stored.endpoint LIMIT 1
    ), FALSE)
  FROM stored;
END
$function$;
`,
};
