import type { Transcript } from "../../ports/transcript.js";
import { stepEventTypes, type TaskEvent, type TaskEventType } from "../../task/task-event.js";
import { heldTask } from "./held-task.js";
import type { MemoryState } from "./memory-state.js";
import { appendEvent } from "./task-record.js";

const stepTypes: ReadonlySet<TaskEventType> = new Set(stepEventTypes);

/** Transcripts in memory. */
export function memoryTranscript(state: MemoryState): Transcript {
  return {
    async append(lease, drafts) {
      const record = heldTask(state, lease);
      for (const draft of drafts) appendEvent(record, draft);
      return record.events.length;
    },

    async read(taskId, { afterSeq, limit }) {
      const events = state.tasks.get(taskId)?.events ?? [];
      return structuredClone(events.slice(afterSeq, afterSeq + limit));
    },

    async steps(taskIds, limit) {
      const found = new Map<string, readonly TaskEvent[]>();
      for (const taskId of taskIds) {
        const steps = state.tasks.get(taskId)?.events.filter(({ type }) => stepTypes.has(type)) ?? [];
        if (steps.length > 0) found.set(taskId, structuredClone(steps.slice(-limit)));
      }
      return found;
    },
  };
}
