import { checkStorable } from "../../errors/parse-options.js";
import type { ThreadStore } from "../../ports/thread-store.js";
import { repositoryRefSchema } from "../../task/repository-ref.js";
import { newTaskId } from "../../task/task-id.js";
import { type Thread, type ThreadAlias, threadAliasSchema } from "../../task/thread.js";
import { keyOf, type Tables, type ThreadRecord } from "./tables.js";
import { heldTask } from "./task-record.js";

const aliasKey = ({ provider, tenant, alias }: ThreadAlias): string => keyOf(provider, tenant, alias);

/** Returns the thread that has any of these aliases, or null. */
export function findThread({ threadsByAlias }: Tables, aliases: readonly ThreadAlias[]): ThreadRecord | null {
  return aliases.map((alias) => threadsByAlias.get(aliasKey(alias))).find((thread) => thread) ?? null;
}

/** Returns the thread that has any of these aliases, or a new one; it gets all that are not taken. */
export function ensureThread(tables: Tables, installationId: string, aliases: readonly ThreadAlias[]): ThreadRecord {
  const thread = findThread(tables, aliases) ?? {
    id: newTaskId(tables.clock.now()),
    installationId,
    aliases: [],
    repository: null,
    sessionId: null,
    open: new Set(),
    newest: null,
  };
  tables.threads.set(thread.id, thread);
  for (const alias of aliases) addAlias(tables, thread, alias);
  return thread;
}

function addAlias({ threadsByAlias }: Tables, thread: ThreadRecord, { provider, tenant, alias }: ThreadAlias): void {
  const key = aliasKey({ provider, tenant, alias });
  if (threadsByAlias.has(key)) return;
  threadsByAlias.set(key, thread);
  thread.aliases.push({ provider, tenant, alias });
}

const toThread = ({ id, installationId, aliases, repository, sessionId }: ThreadRecord): Thread =>
  structuredClone({ id, installationId, aliases, repository, sessionId });

/** Threads in memory. */
export function memoryThreadStore(tables: Tables): ThreadStore {
  return {
    async find(alias) {
      const thread = findThread(tables, [alias]);
      return thread && toThread(thread);
    },

    async findById(threadId) {
      const thread = tables.threads.get(threadId);
      return thread ? toThread(thread) : null;
    },

    async link(lease, alias) {
      checkStorable("A thread's alias", threadAliasSchema, alias);
      const thread = tables.threads.get(heldTask(tables, lease).task.threadId);
      if (thread) addAlias(tables, thread, alias);
    },

    async assignRepository(lease, repository) {
      checkStorable("A repository", repositoryRefSchema, repository);
      const record = heldTask(tables, lease);
      const assigned = structuredClone(repository);
      record.task = { ...record.task, repository: assigned };
      const thread = tables.threads.get(record.task.threadId);
      if (thread) thread.repository = assigned;
    },
  };
}
