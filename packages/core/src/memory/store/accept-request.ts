import type { QueueEntry } from "../../ports/task-queue.js";
import type { Command, CommandName } from "../../task/command.js";
import { queuedTask } from "../../task/queued-task.js";
import type { TaskDraft } from "../../task/task-draft.js";
import { newTaskId } from "../../task/task-id.js";
import type { CommandRecord, Tables, TaskRecord, ThreadRecord } from "./tables.js";

/** Where a request came from. */
export interface RequestSource {
  readonly installationId: string;
  readonly traceparent: string | null;
}

/** Creates a queued task, last in its thread's line. */
export function acceptTask(
  tables: Tables,
  thread: ThreadRecord,
  draft: TaskDraft,
  { installationId, traceparent }: RequestSource,
): TaskRecord {
  const now = tables.clock.now();
  const record: TaskRecord = {
    ordinal: tables.nextOrdinal++,
    leaseUntilMs: null,
    releaseCount: 0,
    reservation: null,
    checkpoint: null,
    checkpointFence: 0,
    effects: new Map(),
    events: [],
    lastSeq: 0,
    task: queuedTask(structuredClone(draft), {
      id: newTaskId(now),
      installationId,
      threadId: thread.id,
      traceparent,
      createdAt: now,
    }),
  };
  tables.tasks.set(record.task.id, record);
  tables.open.add(record);
  thread.open.add(record);
  thread.newest = record;
  return record;
}

/** Creates a command that is not answered yet, about a thread if there is one. */
export function acceptCommand(
  tables: Tables,
  thread: ThreadRecord | null,
  name: CommandName,
  draft: TaskDraft,
  { installationId, traceparent }: RequestSource,
): Command {
  const { actor, isPreauthorized, origin, repository } = structuredClone(draft);
  const createdAt = tables.clock.now();
  const request = { name, installationId, actor, isPreauthorized, origin, repository, traceparent };
  const id = newTaskId(createdAt);
  const command: Command = { id, threadId: thread?.id ?? null, ...request, createdAt, finishedAt: null };
  const record: CommandRecord = { ordinal: tables.nextOrdinal++, command };
  tables.commands.set(id, record);
  tables.openCommands.add(record);
  return command;
}

/** Returns a command's entry for the queue. */
export function commandEntry({ id, threadId, installationId }: Command): QueueEntry {
  return { id, kind: "command", lane: `command:${threadId ?? id}`, installationId, priority: 0, delayMs: 0 };
}
