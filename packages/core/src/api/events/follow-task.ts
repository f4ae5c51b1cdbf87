import { withStoreTimeout } from "../../http/with-store-timeout.js";
import type { Logger } from "../../ports/logger.js";
import { taskChannel } from "../../task/task-channels.js";
import { isFinalStatus } from "../../task/task-status.js";
import type { AdminParts } from "../admin-parts.js";
import { createBell } from "./bell.js";
import { formatEvent } from "./format-event.js";

/** How many lines are read, and held, at once: a viewer that reads slowly costs no more. */
const batchSize = 100;
/** How long a viewer that lost its connection waits before it comes again, in milliseconds. */
const reconnectMs = 1000;

/** What a viewer follows, and how. */
export interface FollowRequest extends Pick<AdminParts, "store" | "storeTimeoutMs" | "pubSub"> {
  readonly taskId: string;
  /** Begins with the line after this one. */
  readonly afterSeq: number;
  readonly heartbeatMs: number;
  readonly pollMs: number;
  readonly logger: Logger;
}

/** A task's transcript as the text of an event stream, piece by piece. */
export interface FollowedTask {
  /** The next piece, as soon as there is one; null when no more will come. One call at a time. */
  next(): Promise<string | null>;
  /** Lets go of everything; a `next` that waits ends with null. Idempotent. */
  close(): void;
}

/**
 * Follows a task: stored lines by their seq, then each new one, until the task is final and all of it was read. Wake-ups
 * only make it look sooner; every line comes from the store, so none is missed and none comes twice.
 */
export function followTask(request: FollowRequest): FollowedTask {
  const { taskId, store, storeTimeoutMs, heartbeatMs, pollMs, logger } = request;
  const bell = createBell();
  const unsubscribe = subscribe(request, bell.ring);
  let { afterSeq } = request;
  let isClosed = false;
  let isGreeted = false;
  let isStoreDown = false;
  let spokeAtMs = performance.now();

  const say = (text: string): string => {
    spokeAtMs = performance.now();
    return text;
  };

  const readLines = async (): Promise<string | null> => {
    const lines = await withStoreTimeout(store.transcript.read(taskId, { afterSeq, limit: batchSize }), storeTimeoutMs);
    afterSeq = lines.at(-1)?.seq ?? afterSeq;
    return lines.length > 0 ? lines.map(formatEvent).join("") : null;
  };

  /** Lines, or null when there are none by now; `ended` when there never will be. */
  const look = async (): Promise<string | null | "ended"> => {
    const lines = await readLines();
    if (lines !== null) return lines;
    const task = await withStoreTimeout(store.tasks.find(taskId), storeTimeoutMs);
    if (task && !isFinalStatus(task.status)) return null;
    // What was written between the two looks comes before the end.
    return (await readLines()) ?? "ended";
  };

  return {
    async next() {
      if (!isGreeted) {
        isGreeted = true;
        return `retry: ${reconnectMs}\n\n`;
      }
      while (!isClosed) {
        bell.reset();
        try {
          const found = await look();
          isStoreDown = false;
          if (found === "ended") return null;
          if (found !== null) return say(found);
        } catch (error) {
          // The viewer keeps its stream through an outage; it goes on where it was.
          if (!isStoreDown) logger.warn({ err: error, taskId }, "An event stream waits for the store");
          isStoreDown = true;
        }
        const silentMs = performance.now() - spokeAtMs;
        if (silentMs >= heartbeatMs) return say(": still here\n\n");
        if (!isClosed) await bell.wait(Math.min(pollMs, heartbeatMs - silentMs));
      }
      return null;
    },
    close() {
      isClosed = true;
      unsubscribe();
      bell.ring();
    },
  };
}

/** Where wake-ups cannot be had, looking now and then is enough. */
function subscribe({ pubSub, taskId, logger }: FollowRequest, onMessage: () => void): () => void {
  try {
    return pubSub.subscribe(taskChannel(taskId), onMessage);
  } catch (error) {
    logger.warn({ err: error, taskId }, "An event stream cannot be woken; it looks for new lines now and then");
    return () => {};
  }
}
