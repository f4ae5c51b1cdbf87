import { noUsage } from "../task/agent-outcome.js";
import { type Task, taskVersion } from "../task/task.js";
import { newTaskId } from "../task/task-id.js";
import { taskDraftFixture } from "./task-draft-fixture.js";

/** A queued task that has not begun, in a thread and an installation of its own. */
export function taskFixture(overrides: Partial<Task> = {}): Task {
  const { threadAliases: _aliases, whenThreadBusy: _whenBusy, ...request } = taskDraftFixture();
  return {
    ...request,
    version: taskVersion,
    id: newTaskId(),
    status: "queued",
    reason: null,
    installationId: newTaskId(),
    threadId: newTaskId(),
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
    traceparent: null,
    createdAt: new Date("2026-11-22T10:00:00.123Z"),
    startedAt: null,
    finishedAt: null,
    ...overrides,
  };
}
