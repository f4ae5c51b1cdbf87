import { maxTimerMs } from "../../lifecycle/deadline.js";
import type { Clock } from "../../ports/clock.js";
import type { ClaimedEntry, ClaimRequest } from "../../ports/task-queue.js";

/** Claims that wait for an entry, served in the order in which they were made. */
export interface WaitingClaims {
  claim(request: ClaimRequest): Promise<readonly ClaimedEntry[]>;
  /** Answers waiting claims with the entries that can be taken now; called after every change. */
  serve(): void;
  /** Answers every waiting and every later claim with an empty array. */
  close(): void;
}

/** Options of {@link createWaitingClaims}. */
export interface WaitingClaimsOptions {
  readonly clock: Clock;
  /** Takes the entries that can be taken now. */
  readonly take: (request: ClaimRequest) => readonly ClaimedEntry[];
  /** Milliseconds until the next due time or end of a lease; null if there is none. */
  readonly nextDueMs: () => number | null;
}

interface WaitingClaim {
  readonly request: ClaimRequest;
  readonly answer: (entries: readonly ClaimedEntry[]) => void;
}

/** One timer serves the next due time, however many claims wait. */
export function createWaitingClaims({ clock, take, nextDueMs }: WaitingClaimsOptions): WaitingClaims {
  const waiting = new Set<WaitingClaim>();
  let timer: AbortController | null = null;
  let isClosed = false;

  const setTimer = (): void => {
    timer?.abort();
    timer = null;
    const dueMs = waiting.size > 0 ? nextDueMs() : null;
    if (dueMs === null) return;
    const own = new AbortController();
    timer = own;
    void clock.sleep(Math.min(Math.max(1, dueMs), maxTimerMs), own.signal).then(() => {
      if (!own.signal.aborted) serve();
    });
  };

  const serve = (): void => {
    if (waiting.size === 0) return;
    for (const claim of waiting) {
      const entries = take(claim.request);
      if (entries.length > 0) claim.answer(entries);
      else if (claim.request.kind === undefined) break;
    }
    setTimer();
  };

  const wait = (request: ClaimRequest): Promise<readonly ClaimedEntry[]> =>
    new Promise((resolve) => {
      const over = new AbortController();
      const end = (): void => claim.answer([]);
      const claim: WaitingClaim = {
        request,
        answer: (entries) => {
          waiting.delete(claim);
          request.signal.removeEventListener("abort", end);
          over.abort();
          if (waiting.size === 0) setTimer();
          resolve(entries);
        },
      };
      waiting.add(claim);
      request.signal.addEventListener("abort", end, { once: true });
      void clock.sleep(Math.min(request.waitMs, maxTimerMs), over.signal).then(() => {
        if (!over.signal.aborted) end();
      });
      if (waiting.size === 1) setTimer();
    });

  return {
    serve,
    async claim(request) {
      if (isClosed || request.signal.aborted || request.limit < 1) return [];
      const entries = take(request);
      return entries.length > 0 || request.waitMs <= 0 ? entries : await wait(request);
    },
    close() {
      isClosed = true;
      for (const claim of waiting) claim.answer([]);
    },
  };
}
