import type { OutageReporter } from "../../outages/create-outage-reporter.js";
import type { Clock } from "../../ports/clock.js";
import type { Logger } from "../../ports/logger.js";
import type { PubSub } from "../../ports/pub-sub.js";
import type { Transcript } from "../../ports/transcript.js";
import type { Lease } from "../../task/lease.js";
import { taskChannel } from "../../task/task-channels.js";
import type { TaskEventDraft } from "../../task/task-event.js";

/** Maximum number of the agent's lines; later ones are replaced by one line `transcript:truncated`. The bot's own lines are few and always kept. */
const maxAgentEvents = 5000;
/** How long lines are gathered after a batch was stored, in milliseconds; a line that comes alone is stored at once. */
const gatherMs = 100;
const maxBatch = 200;

/**
 * Writes a run's transcript in batches, so that a chatty agent costs few transactions. A batch that cannot be stored is
 * logged and dropped: the transcript explains, it never decides.
 */
export interface TranscriptWriter {
  write(event: TaskEventDraft): void;
  /** Stores what is pending and ends the transcript; later lines are dropped. Idempotent. */
  close(): Promise<void>;
}

/** Dependencies of {@link createTranscriptWriter}. */
export interface TranscriptWriterDeps {
  readonly transcript: Transcript;
  readonly pubSub: PubSub;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly outages: OutageReporter;
  /** Aborts when the lease is lost: pending lines are dropped then. */
  readonly leaseSignal: AbortSignal;
}

/** The writer of the run that holds this lease; viewers of the task are notified after each batch. */
export function createTranscriptWriter(
  { transcript, pubSub, clock, logger, outages, leaseSignal }: TranscriptWriterDeps,
  lease: Lease,
): TranscriptWriter {
  let pending: TaskEventDraft[] = [];
  let agentEvents = 0;
  let isClosed = false;
  let flushing: Promise<void> = Promise.resolve();
  let gathering: AbortController | null = null;
  let storedAtMs = Number.NEGATIVE_INFINITY;

  const store = async (): Promise<void> => {
    while (pending.length > 0 && !leaseSignal.aborted) {
      storedAtMs = clock.monotonicMs();
      const batch = pending.slice(0, maxBatch);
      pending = pending.slice(maxBatch);
      try {
        await transcript.append(lease, batch);
        pubSub.publish(taskChannel(lease.taskId));
      } catch (error) {
        if (!outages.report(error))
          logger.warn({ err: error, lostEvents: batch.length }, "Part of the transcript could not be stored");
      }
    }
  };
  const flush = (): Promise<void> => {
    flushing = flushing.then(store);
    return flushing;
  };
  const add = (event: TaskEventDraft): void => {
    pending.push(event);
    if (gathering) return;
    const own = new AbortController();
    gathering = own;
    void clock.sleep(Math.max(0, storedAtMs + gatherMs - clock.monotonicMs()), own.signal).then(() => {
      gathering = null;
      if (!own.signal.aborted) void flush();
    });
  };

  return {
    write(event) {
      if (isClosed) return;
      if (event.type.startsWith("agent:") && event.type !== "agent:finished") agentEvents += 1;
      else return add(event);
      if (agentEvents <= maxAgentEvents) add(event);
      else if (agentEvents === maxAgentEvents + 1) {
        add({ type: "transcript:truncated", at: event.at, data: { maxAgentEvents } });
      }
    },
    async close() {
      isClosed = true;
      gathering?.abort();
      await flush();
    },
  };
}
