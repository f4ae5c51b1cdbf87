import { checkNumbers } from "../../inbox/check-numbers.js";
import type { Transcript } from "../../ports/transcript.js";
import { stepEventTypes, type TaskEvent, type TaskEventType } from "../../task/task-event.js";
import type { Tables } from "./tables.js";
import { appendEvent, heldTask } from "./task-record.js";

const stepTypes: ReadonlySet<TaskEventType> = new Set(stepEventTypes);

/** Transcripts in memory. */
export function memoryTranscript(tables: Tables): Transcript {
  return {
    async append(lease, drafts) {
      const record = heldTask(tables, lease);
      for (const draft of drafts) appendEvent(record, draft);
      return record.lastSeq;
    },

    async read(taskId, { afterSeq, limit }) {
      checkNumbers({ afterSeq, limit });
      const events = tables.tasks.get(taskId)?.events ?? [];
      const first = Math.max(0, afterSeq + 1 - (events[0]?.seq ?? 1));
      return structuredClone(events.slice(first, first + limit));
    },

    async steps(taskIds, limit) {
      checkNumbers({ limit });
      const found = new Map<string, readonly TaskEvent[]>();
      for (const taskId of taskIds) {
        const steps = tables.tasks.get(taskId)?.events.filter(({ type }) => stepTypes.has(type)) ?? [];
        if (steps.length > 0) found.set(taskId, structuredClone(steps.slice(-limit)));
      }
      return found;
    },

    async prune({ olderThanMs, limit }) {
      checkNumbers({ olderThanMs, limit });
      const endedBeforeMs = tables.clock.now().getTime() - olderThanMs;
      let pruned = 0;
      for (const { task, events } of tables.tasks.values()) {
        if (pruned >= limit) break;
        if (!task.finishedAt || task.finishedAt.getTime() >= endedBeforeMs) continue;
        pruned += events.splice(0, limit - pruned).length;
      }
      return pruned;
    },
  };
}
