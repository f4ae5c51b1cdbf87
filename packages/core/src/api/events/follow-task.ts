import { withStoreTimeout } from "../../http/with-store-timeout.js";
import type { Logger } from "../../ports/logger.js";
import { isFinalStatus } from "../../task/task.js";
import { taskChannel } from "../../task/task-channels.js";
import type { TaskEvent } from "../../task/task-event.js";
import type { AdminDeps } from "../create-admin-api.js";

/** Maximum number of lines that are read, and held, at once: the memory that one slow viewer costs. */
const batchSize = 100;
/** How long a viewer that lost its connection waits before it reconnects, in milliseconds. */
const reconnectMs = 1000;

/** Which task to follow, and how. */
export interface FollowRequest extends Pick<AdminDeps, "store" | "storeTimeoutMs" | "pubSub"> {
  readonly taskId: string;
  /** Begins with the line after this one. */
  readonly afterSeq: number;
  readonly heartbeatMs: number;
  readonly pollMs: number;
  readonly logger: Logger;
}

/** A task's transcript as the text of an event stream, piece by piece. */
export interface FollowedTask {
  /** The next piece, as soon as there is one; null at the end. One call at a time. */
  next(): Promise<string | null>;
  /** Releases everything; a pending `next` ends with null. Idempotent. */
  close(): void;
}

/**
 * Follows a task: stored lines by their seq, then each new one, until the task is final and all lines were read.
 * Notifications only make it look sooner; every line comes from the store, so none is missed and none comes twice.
 */
export function followTask(request: FollowRequest): FollowedTask {
  const { taskId, store, storeTimeoutMs, heartbeatMs, pollMs, logger } = request;
  const changed = createAutoResetEvent();
  const unsubscribe = subscribe(request, changed.set);
  let { afterSeq } = request;
  let isClosed = false;
  let isFirst = true;
  let isStoreDown = false;
  let sentAtMs = performance.now();

  const send = (text: string): string => {
    sentAtMs = performance.now();
    return text;
  };

  const readLines = async (): Promise<string | null> => {
    const lines = await withStoreTimeout(store.transcript.read(taskId, { afterSeq, limit: batchSize }), storeTimeoutMs);
    afterSeq = lines.at(-1)?.seq ?? afterSeq;
    return lines.length > 0 ? lines.map(formatEvent).join("") : null;
  };

  /** Returns lines, null if there are no new ones yet, or `ended` if none can follow. */
  const look = async (): Promise<string | null | "ended"> => {
    const lines = await readLines();
    if (lines !== null) return lines;
    const task = await withStoreTimeout(store.tasks.find(taskId), storeTimeoutMs);
    if (task && !isFinalStatus(task.status)) return null;
    // Lines that were written between the two reads come before the end.
    return (await readLines()) ?? "ended";
  };

  return {
    async next() {
      if (isFirst) {
        isFirst = false;
        return `retry: ${reconnectMs}\n\n`;
      }
      while (!isClosed) {
        changed.reset();
        try {
          const found = await look();
          isStoreDown = false;
          if (found === "ended") return null;
          if (found !== null) return send(found);
        } catch (error) {
          // The stream stays open through an outage and continues where it was.
          if (!isStoreDown) logger.warn({ err: error, taskId }, "An event stream waits for the store");
          isStoreDown = true;
        }
        const silentMs = performance.now() - sentAtMs;
        if (silentMs >= heartbeatMs) return send(": still here\n\n");
        if (!isClosed) await changed.wait(Math.min(pollMs, heartbeatMs - silentMs));
      }
      return null;
    },
    close() {
      isClosed = true;
      unsubscribe();
      changed.set();
    },
  };
}

/** A transcript line as a message of an event stream: its seq is the id by which a viewer resumes. */
function formatEvent({ seq, type, at, data }: TaskEvent): string {
  return `id: ${seq}\ndata: ${JSON.stringify({ seq, type, at: at.toISOString(), data })}\n\n`;
}

/** Without a subscription the stream still polls. */
function subscribe({ pubSub, taskId, logger }: FollowRequest, onMessage: () => void): () => void {
  try {
    return pubSub.subscribe(taskChannel(taskId), onMessage);
  } catch (error) {
    logger.warn({ err: error, taskId }, "An event stream cannot be notified; it polls for new lines");
    return () => {};
  }
}

/** Wakes one waiter; a `set` without a waiter ends the next wait at once. */
interface AutoResetEvent {
  set(): void;
  reset(): void;
  /** Resolves at a `set` since the last reset, or after `durationMs`. */
  wait(durationMs: number): Promise<void>;
}

/** Creates an {@link AutoResetEvent} that is not set. */
function createAutoResetEvent(): AutoResetEvent {
  let isSet = false;
  let wake = (): void => {};
  return {
    set() {
      isSet = true;
      wake();
    },
    reset() {
      isSet = false;
    },
    async wait(durationMs) {
      if (isSet) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, durationMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      wake = () => {};
    },
  };
}
