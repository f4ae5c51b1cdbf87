import type { SqlDatabase } from "@agentbot/adapter-postgres";
import type { QueueEntry } from "@agentbot/core";
import { newTaskId } from "@agentbot/core/adapter";

const installationId = "0198c0de-0000-7000-8000-000000000001";

/** Stores rows of tasks as the inbox does, in the queue from the start and each in a thread of its own; those asked for together travel together. */
export interface TaskTable {
  insert(): Promise<QueueEntry>;
  insertMany(count: number): Promise<readonly QueueEntry[]>;
}

/** A request as small as they get. */
const draft = {
  trigger: "mention",
  priority: 10,
  threadAliases: [],
  whenThreadBusy: "queue",
  actor: { provider: "acme", id: "583231", login: "octocat" },
  isPreauthorized: false,
  origin: { provider: "acme", tenant: "1" },
  repository: { provider: "acme", tenant: "1", id: "1234567890", path: "octocat/hello" },
  title: "The build is red",
  instruction: "fix the flaky test",
  context: [],
};

const statement = `WITH installation AS (
    INSERT INTO installations (id, provider, external_id, account) VALUES ('${installationId}', 'acme', '1', 'octocat')
    ON CONFLICT DO NOTHING
  ), thread AS (
    INSERT INTO threads (id, installation_id) SELECT thread_id, '${installationId}' FROM unnest($2::text[]) AS thread_id
  )
  INSERT INTO tasks (id, version, installation_id, thread_id, draft, queue_rank, queue_place, queue_due)
  SELECT id, 1, '${installationId}', thread_id, '${JSON.stringify(draft)}',
    statement_timestamp() + interval '10 minutes', nextval('tasks_queue_place'), statement_timestamp()
  FROM unnest($1::text[], $2::text[]) AS one (id, thread_id)`;

/** Makes {@link TaskTable}. */
export function createTaskTable(database: SqlDatabase): TaskTable {
  let waiting: { readonly entry: QueueEntry; readonly resolve: (entry: QueueEntry) => void }[] = [];
  let isInserting = false;

  const insertAll = async (entries: readonly QueueEntry[]): Promise<void> => {
    const threads = entries.map(({ lane }) => lane);
    await database.query(statement, [entries.map(({ id }) => id), threads]);
  };
  const flush = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      await insertAll(batch.map(({ entry }) => entry));
      for (const { entry, resolve } of batch) resolve(entry);
    }
    isInserting = false;
  };

  return {
    insert: () =>
      new Promise((resolve) => {
        waiting.push({ entry: newEntry(), resolve });
        if (isInserting) return;
        isInserting = true;
        setImmediate(() => void flush());
      }),
    async insertMany(count) {
      const entries = Array.from({ length: count }, newEntry);
      await insertAll(entries);
      return entries;
    },
  };
}

function newEntry(): QueueEntry {
  return { id: newTaskId(), kind: "task", lane: newTaskId(), installationId, priority: 10, delayMs: 0 };
}
