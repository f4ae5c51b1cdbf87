import type { ClaimedEntry, ClaimRequest } from "@agentbot/core";

/** Node's timers take no more than a signed 32-bit number of milliseconds. */
const longestWaitMs = 2 ** 31 - 1;

/** A claim that has not been answered yet. */
export interface WaitingClaim {
  readonly request: ClaimRequest;
  /** Has it been answered, or has its time come? */
  isOver(): boolean;
  answer(entries: readonly ClaimedEntry[]): void;
  fail(error: unknown): void;
}

/** Makes a {@link WaitingClaim}: it ends by itself, with nothing, when its time is over or its signal aborts. */
export function createWaitingClaim(
  request: ClaimRequest,
  onOver: (claim: WaitingClaim) => void,
): { readonly claim: WaitingClaim; readonly answered: Promise<readonly ClaimedEntry[]> } {
  const { signal, waitMs } = request;
  let isOver = false;
  let settle: { readonly resolve: (entries: readonly ClaimedEntry[]) => void; readonly reject: (e: unknown) => void };
  const answered = new Promise<readonly ClaimedEntry[]>((resolve, reject) => {
    settle = { resolve, reject };
  });
  const end = (how: () => void): void => {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
    onOver(claim);
    how();
  };
  const claim: WaitingClaim = {
    request,
    isOver: () => isOver,
    answer: (entries) => end(() => settle.resolve(entries)),
    fail: (error) => end(() => settle.reject(error)),
  };
  const onAbort = (): void => claim.answer([]);
  signal.addEventListener("abort", onAbort, { once: true });
  // One that does not wait is answered by the look it asks for.
  const timer = waitMs > 0 ? setTimeout(onAbort, Math.min(waitMs, longestWaitMs)) : undefined;
  return { claim, answered };
}
