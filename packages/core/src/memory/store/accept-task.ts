import { taskVersion } from "../../task/task.js";
import type { TaskDraft } from "../../task/task-draft.js";
import { newTaskId } from "../../task/task-id.js";
import { noUsage } from "../../task/usage.js";
import { keyOf, type MemoryState, type ThreadRecord } from "./memory-state.js";
import { addAlias } from "./memory-thread-store.js";
import type { TaskRecord } from "./task-record.js";

/** The thread that has any of these aliases in the installation, or a new one; it gets all that are free. */
export function ensureThread(state: MemoryState, installationId: string, aliases: readonly string[]): ThreadRecord {
  const known = aliases.map((alias) => state.threadsByAlias.get(keyOf(installationId, alias))).find((thread) => thread);
  const thread = known ?? {
    id: newTaskId(state.clock.now()),
    installationId,
    aliases: new Set<string>(),
    sessionId: null,
    open: new Set<TaskRecord>(),
  };
  state.threads.set(thread.id, thread);
  for (const alias of aliases) addAlias(state, thread, alias);
  return thread;
}

/** Makes a queued task of a draft, last in its thread's line. */
export function acceptTask(
  state: MemoryState,
  thread: ThreadRecord,
  draft: TaskDraft,
  traceparent: string | null,
): TaskRecord {
  const { threadAliases: _aliases, whenThreadBusy: _whenBusy, ...asked } = structuredClone(draft);
  const now = state.clock.now();
  const record: TaskRecord = {
    ordinal: state.nextOrdinal++,
    leaseUntilMs: null,
    releaseCount: 0,
    reservation: null,
    checkpoint: null,
    effects: new Map(),
    events: [],
    task: {
      ...asked,
      version: taskVersion,
      id: newTaskId(now),
      status: "queued",
      reason: null,
      installationId: thread.installationId,
      threadId: thread.id,
      attempt: 0,
      fence: 0,
      notBefore: null,
      cancelRequestedAt: null,
      cancelReason: null,
      agent: null,
      model: null,
      sessionId: null,
      usage: noUsage,
      result: null,
      traceparent,
      createdAt: now,
      startedAt: null,
      finishedAt: null,
    },
  };
  state.tasks.set(record.task.id, record);
  state.open.add(record);
  thread.open.add(record);
  return record;
}
