import type { QueueEntry } from "../../ports/task-queue.js";
import { newTaskId } from "../../task/task-id.js";
import { freshId } from "../fresh-id.js";

/** An entry for a task and a thread of its own, due at once, unless you say otherwise. */
export function queueEntryFixture(overrides: Partial<QueueEntry> = {}): QueueEntry {
  return {
    taskId: newTaskId(),
    threadId: newTaskId(),
    priority: 10,
    installationId: newTaskId(),
    repositoryId: freshId("repository"),
    delayMs: 0,
    ...overrides,
  };
}
