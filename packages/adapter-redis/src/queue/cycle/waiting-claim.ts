import type { ClaimRequest } from "@agentbot/core";
import type { LeasedEntry } from "./leased-entry.js";

/** A claim that has no answer yet. */
export interface WaitingClaim {
  readonly request: ClaimRequest;
  readonly answered: Promise<readonly LeasedEntry[]>;
  isOpen(): boolean;
  /** Nothing was there: ends it when its time is over or its signal aborts. */
  wait(): void;
  /** Answers; does nothing when it has been answered. */
  answer(entries: readonly LeasedEntry[]): void;
  fail(error: unknown): void;
}

/** Node's timers take no more than a signed 32-bit number of milliseconds. */
const longestTimerMs = 2 ** 31 - 1;

/** Makes a {@link WaitingClaim}; `onEnded` is told once it has its answer. */
export function createWaitingClaim(request: ClaimRequest, onEnded: (claim: WaitingClaim) => void): WaitingClaim {
  const beganAtMs = performance.now();
  let isOpen = true;
  let isWaiting = false;
  let timer: NodeJS.Timeout | undefined;
  let resolve: (entries: readonly LeasedEntry[]) => void = () => {};
  let reject: (error: unknown) => void = () => {};

  const end = (): void => {
    isOpen = false;
    clearTimeout(timer);
    if (isWaiting) request.signal.removeEventListener("abort", giveUp);
    onEnded(claim);
  };
  const giveUp = (): void => claim.answer([]);

  const claim: WaitingClaim = {
    request,
    answered: new Promise((onAnswer, onFailure) => {
      resolve = onAnswer;
      reject = onFailure;
    }),
    isOpen: () => isOpen,
    wait() {
      if (isWaiting || !isOpen) return;
      const leftMs = request.waitMs - (performance.now() - beganAtMs);
      if (leftMs <= 0 || request.signal.aborted) return giveUp();
      isWaiting = true;
      timer = setTimeout(giveUp, Math.min(leftMs, longestTimerMs));
      request.signal.addEventListener("abort", giveUp, { once: true });
    },
    answer(entries) {
      if (!isOpen) return;
      end();
      resolve(entries);
    },
    fail(error) {
      if (!isOpen) return;
      end();
      reject(error);
    },
  };
  return claim;
}
