import { wordSeparators } from "./initial-schema.js";
import type { Migration } from "./migration.js";

/**
 * A request is stored whole, as its draft, and what is searched or indexed is derived from it: a new field of a draft
 * needs no migration. Short columns are generated. The words are computed by a trigger of `INSERT` alone: as a generated
 * column they cost every heartbeat 66 of its 157 µs in the server, since PostgreSQL prepares the expression each time.
 *
 * The repository may be unknown, thread aliases belong to a provider's tenant, and the tables get the names that the ports
 * use. The request of a bot was recorded only where configuration admitted it.
 */
export const drafts: Migration = {
  id: "0007-drafts",
  sql: `
DROP FUNCTION agentbot_record_tasks;

ALTER TABLE tasks ADD COLUMN draft jsonb;
UPDATE tasks SET draft = jsonb_build_object(
  'trigger', trigger, 'priority', priority,
  'actor', jsonb_build_object('provider', origin ->> 'provider', 'id', actor_id, 'login', actor_login),
  'isPreauthorized', right(actor_login, 5) = '[bot]',
  'origin', origin - 'externalInstallationId' || jsonb_build_object('tenant', origin -> 'externalInstallationId'),
  'repository', repository - 'externalInstallationId' - 'owner' - 'name' || jsonb_build_object(
    'tenant', repository -> 'externalInstallationId',
    'path', (repository ->> 'owner') || '/' || (repository ->> 'name')),
  'title', title, 'instruction', instruction, 'context', context);

-- A generated column of this length costs each UPDATE of the table more than the rest of it, whatever is updated.
ALTER TABLE tasks ALTER COLUMN words DROP EXPRESSION, ALTER COLUMN words SET DEFAULT '';
CREATE FUNCTION agentbot_task_words() RETURNS trigger LANGUAGE plpgsql AS $function$
BEGIN
  NEW.words := array_to_tsvector(array_remove(regexp_split_to_array(lower(regexp_replace(
    left((NEW.draft ->> 'title') || ' ' || (NEW.draft ->> 'instruction'), 20000), '(\\S{200})', '\\1 ', 'g')),
    ${wordSeparators}), ''));
  RETURN NEW;
END
$function$;
CREATE TRIGGER tasks_words BEFORE INSERT ON tasks FOR EACH ROW EXECUTE FUNCTION agentbot_task_words();

ALTER TABLE tasks DROP COLUMN provider, DROP COLUMN repository_id, DROP COLUMN repository_name;
ALTER TABLE tasks DROP COLUMN trigger, DROP COLUMN priority, DROP COLUMN actor_id, DROP COLUMN actor_login,
  DROP COLUMN origin, DROP COLUMN repository, DROP COLUMN title, DROP COLUMN instruction, DROP COLUMN context;
ALTER TABLE tasks ALTER COLUMN draft SET NOT NULL,
  ADD COLUMN trigger text NOT NULL GENERATED ALWAYS AS (draft ->> 'trigger') STORED,
  ADD COLUMN priority integer NOT NULL GENERATED ALWAYS AS ((draft ->> 'priority')::integer) STORED,
  ADD COLUMN provider text NOT NULL GENERATED ALWAYS AS (draft -> 'origin' ->> 'provider') STORED,
  ADD COLUMN actor_login text NOT NULL GENERATED ALWAYS AS (draft -> 'actor' ->> 'login') STORED,
  ADD COLUMN repository_id text GENERATED ALWAYS AS (draft -> 'repository' ->> 'id') STORED,
  ADD COLUMN repository_path text GENERATED ALWAYS AS (draft -> 'repository' ->> 'path') STORED,
  ADD COLUMN title text NOT NULL GENERATED ALWAYS AS (draft ->> 'title') STORED;
COMMENT ON COLUMN tasks.draft IS 'the request as it was recorded, with the repository it was resolved to';
CREATE INDEX tasks_of_a_repository ON tasks (lower(repository_path), sequence);
CREATE INDEX tasks_of_a_provider ON tasks (provider, sequence);
CREATE INDEX tasks_of_a_trigger ON tasks (trigger, sequence);
CREATE INDEX tasks_of_an_actor ON tasks (lower(actor_login), sequence);

ALTER TABLE tasks ADD COLUMN is_transcript_pruned boolean NOT NULL DEFAULT FALSE;
COMMENT ON COLUMN tasks.event_count IS 'the last seq of the events that were pruned; of those of old releases, the last of all';
-- No task is ever deleted, and an event is written only by a statement that has locked its task.
ALTER TABLE task_events DROP CONSTRAINT task_events_task_id_fkey;

ALTER TABLE threads ADD COLUMN repository jsonb;
COMMENT ON COLUMN threads.repository IS 'what its tasks were resolved to last; null: nothing had to be resolved';

ALTER TABLE thread_aliases ADD COLUMN provider text, ADD COLUMN tenant text;
UPDATE thread_aliases SET provider = installations.provider, tenant = installations.external_id
FROM installations WHERE installations.id = thread_aliases.installation_id;
DELETE FROM thread_aliases WHERE provider IS NULL;
ALTER TABLE thread_aliases DROP COLUMN installation_id;
ALTER TABLE thread_aliases ADD PRIMARY KEY (provider, tenant, alias);

ALTER TABLE deliveries RENAME COLUMN semantic_key TO dedupe_key;
ALTER TABLE deliveries ADD COLUMN content_type text NOT NULL DEFAULT 'application/json';

ALTER TABLE installations RENAME COLUMN news_at TO status_changed_at;

ALTER TABLE outbox_turn RENAME TO sweeps;
ALTER TABLE sweeps RENAME COLUMN taken_at TO acquired_at;
`,
};
