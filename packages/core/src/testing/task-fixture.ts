import { queuedTask } from "../task/queued-task.js";
import type { Task } from "../task/task.js";
import { newTaskId } from "../task/task-id.js";
import { taskDraftFixture } from "./task-draft-fixture.js";

/** A queued task that has not begun, in a thread and an installation of its own. */
export function taskFixture(overrides: Partial<Task> = {}): Task {
  const place = {
    id: newTaskId(),
    installationId: newTaskId(),
    threadId: newTaskId(),
    traceparent: null,
    createdAt: new Date("2026-11-22T10:00:00.123Z"),
  };
  return { ...queuedTask(taskDraftFixture(), place), ...overrides };
}
