import type { QueueEntry } from "../../ports/task-queue.js";
import { newTaskId } from "../../task/task-id.js";

/** An entry of a task with a lane and an installation of its own, due at once. */
export function queueEntryFixture(overrides: Partial<QueueEntry> = {}): QueueEntry {
  return {
    id: newTaskId(),
    kind: "task",
    lane: newTaskId(),
    installationId: newTaskId(),
    priority: 10,
    delayMs: 0,
    ...overrides,
  };
}

/** An entry of a command about the thread of a task, in a lane of its own. */
export function commandEntryFixture(overrides: Partial<QueueEntry> = {}): QueueEntry {
  return queueEntryFixture({ kind: "command", lane: `command:${newTaskId()}`, priority: 0, ...overrides });
}
