import type { Logger } from "../../ports/logger.js";
import type { Transcript } from "../../ports/transcript.js";
import type { Wakeups } from "../../ports/wakeups.js";
import type { Lease } from "../../task/lease.js";
import type { TaskEventDraft } from "../../task/task-event.js";

/** A run of more lines than this ends its transcript with one that says so. */
const maxEvents = 5000;
const flushIntervalMs = 200;
const maxBatch = 200;

/**
 * Writes a run's transcript in batches, so that a chatty agent costs few transactions. A batch that cannot be stored is
 * logged and dropped: the transcript explains, it doesn't decide.
 */
export interface TranscriptWriter {
  write(event: TaskEventDraft): void;
  /** Stores what is pending and ends the transcript; what is written later is dropped. Idempotent. */
  close(): Promise<void>;
}

/** Makes a {@link TranscriptWriter} for one run; viewers of `task:<id>` are woken after each batch. */
export function createTranscriptWriter(
  {
    transcript,
    wakeups,
    logger,
  }: { readonly transcript: Transcript; readonly wakeups: Wakeups; readonly logger: Logger },
  lease: Lease,
): TranscriptWriter {
  let pending: TaskEventDraft[] = [];
  let written = 0;
  let isClosed = false;
  let flushing: Promise<void> = Promise.resolve();

  const store = async (): Promise<void> => {
    while (pending.length > 0) {
      const batch = pending.slice(0, maxBatch);
      pending = pending.slice(maxBatch);
      try {
        await transcript.append(lease, batch);
        wakeups.publish(`task:${lease.taskId}`);
      } catch (error) {
        logger.warn({ err: error, lostEvents: batch.length }, "Part of the transcript could not be stored");
      }
    }
  };
  const flush = (): Promise<void> => {
    flushing = flushing.then(store);
    return flushing;
  };
  const timer = setInterval(() => void flush(), flushIntervalMs);

  return {
    write(event) {
      if (isClosed) return;
      written += 1;
      if (written === maxEvents) pending.push({ type: "transcript:truncated", at: event.at, data: { maxEvents } });
      if (written < maxEvents) pending.push(event);
    },
    async close() {
      isClosed = true;
      clearInterval(timer);
      await flush();
    },
  };
}
