import type { Clock } from "../../ports/clock.js";
import type { ClaimedEntry, ClaimRequest } from "../../ports/task-queue.js";

/** Node's timers take no more than a signed 32-bit number of milliseconds. */
const longestSleepMs = 2 ** 31 - 1;

/** The claims that wait for something to come, served in the order they came. */
export interface WaitingClaims {
  claim(request: ClaimRequest): Promise<readonly ClaimedEntry[]>;
  /** Gives waiting claims what can be taken now; called after every change. */
  serve(): void;
  /** Answers every waiting and later claim with nothing. */
  close(): void;
}

/** What {@link createWaitingClaims} is made of. */
export interface WaitingClaimsOptions {
  readonly clock: Clock;
  /** Takes what can be taken at this moment. */
  readonly take: (request: ClaimRequest) => readonly ClaimedEntry[];
  /** In how many milliseconds time will bring something, or null. */
  readonly nextChangeMs: () => number | null;
}

interface WaitingClaim {
  readonly request: ClaimRequest;
  readonly answer: (entries: readonly ClaimedEntry[]) => void;
}

/** Makes {@link WaitingClaims}: one timer for the next due time, however many wait. */
export function createWaitingClaims({ clock, take, nextChangeMs }: WaitingClaimsOptions): WaitingClaims {
  const waiting = new Set<WaitingClaim>();
  let timer: AbortController | null = null;
  let isClosed = false;

  const setTimer = (): void => {
    timer?.abort();
    timer = null;
    const dueMs = waiting.size > 0 ? nextChangeMs() : null;
    if (dueMs === null) return;
    const own = new AbortController();
    timer = own;
    void clock.sleep(Math.min(Math.max(1, dueMs), longestSleepMs), own.signal).then(() => {
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
      void clock.sleep(Math.min(request.waitMs, longestSleepMs), over.signal).then(() => {
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
