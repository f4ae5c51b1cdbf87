import type { Transcript } from "../../ports/transcript.js";
import { heldTask } from "./held-task.js";
import type { MemoryState } from "./memory-state.js";

/** Transcripts in memory. */
export function memoryTranscript(state: MemoryState): Transcript {
  return {
    async append(lease, drafts) {
      const { events } = heldTask(state, lease);
      for (const draft of drafts) events.push({ seq: events.length + 1, ...structuredClone(draft) });
      return events.length;
    },

    async read(taskId, { afterSeq, limit }) {
      const events = state.tasks.get(taskId)?.events ?? [];
      return structuredClone(events.slice(afterSeq, afterSeq + limit));
    },
  };
}
