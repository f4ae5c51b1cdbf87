import type { ClaimRequest, QueueEntry } from "@agentbot/core";
import { maxTimerMs } from "@agentbot/core/adapter";
import type { MarkerListener, WakeReason } from "../marker-listener.js";
import { type Claim, kindsOf } from "./claims.js";

/** Wakes idle claims: on a marker that another process set, and when time brings something. */
export interface WakeSources {
  /** Waits for whatever may bring something for the idle ones of these claims. */
  listen(claims: ReadonlySet<Claim>): void;
  /** When time brings the next change: a lease ends, or an entry becomes due. */
  readonly dueTimer: DueTimer;
  /** True if this process took a marker: no other one is woken until a call has set it again for what is left. */
  readonly tookMarker: boolean;
  /** Returns `tookMarker`; the call that passes it on takes the duty over. */
  passMarkerOn(): boolean;
  close(): void;
}

export interface WakeSourcesOptions {
  readonly createListener: (
    kinds: readonly QueueEntry["kind"][],
    onWake: (reason: WakeReason) => void,
  ) => MarkerListener;
  /** Called when there may be something for these claims. */
  readonly onWake: (isWoken: (claim: Claim) => boolean) => void;
}

export function createWakeSources({ createListener, onWake }: WakeSourcesOptions): WakeSources {
  const listeners = new Map<ClaimRequest["kind"], MarkerListener>();
  const dueTimer = createDueTimer(() => onWake(() => true));
  let tookMarker = false;

  const listenerOf = (kind: ClaimRequest["kind"]): MarkerListener => {
    const known = listeners.get(kind);
    if (known) return known;
    const listener = createListener(kindsOf(kind), (reason) => {
      tookMarker ||= reason === "marker";
      onWake(({ request }) => request.kind === kind);
    });
    listeners.set(kind, listener);
    return listener;
  };

  return {
    listen(claims) {
      for (const { state, request } of claims) if (state === "idle") listenerOf(request.kind).listen();
      if (claims.size > 0) dueTimer.start();
      else dueTimer.stop();
    },
    dueTimer,
    get tookMarker() {
      return tookMarker;
    },
    passMarkerOn() {
      const hadIt = tookMarker;
      tookMarker = false;
      return hadIt;
    },
    close() {
      dueTimer.stop();
      for (const listener of listeners.values()) listener.close();
    },
  };
}

/** The time of the next change, as far as calls have looked it up in Redis. */
export interface DueTimer {
  /**
   * Returns true if the call that is about to claim must look. A call that finds nothing looks anyway; while claims find
   * something, a look now and then is enough.
   */
  shouldPoll(): boolean;
  /** Sets the time of the next change: in this many milliseconds, Infinity for never. */
  schedule(milliseconds: number): void;
  /** Has `onDue` called once at that time. */
  start(): void;
  stop(): void;
}

/** How long one look is enough for a process whose claims find something, in milliseconds. */
const pollIntervalMs = 10;

function createDueTimer(onDue: () => void): DueTimer {
  let polledAtMs = Number.NEGATIVE_INFINITY;
  let dueAtMs = Number.POSITIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let timerDueAtMs = Number.POSITIVE_INFINITY;

  return {
    shouldPoll() {
      const nowMs = performance.now();
      if (nowMs - polledAtMs < pollIntervalMs) return false;
      polledAtMs = nowMs;
      return true;
    },
    schedule(milliseconds) {
      dueAtMs = performance.now() + milliseconds;
    },
    start() {
      if (timerDueAtMs === dueAtMs) return;
      clearTimeout(timer);
      timerDueAtMs = dueAtMs;
      if (dueAtMs === Number.POSITIVE_INFINITY) return;
      const onTimeout = (): void => {
        timerDueAtMs = Number.POSITIVE_INFINITY;
        onDue();
      };
      timer = setTimeout(onTimeout, Math.max(1, Math.min(dueAtMs - performance.now(), maxTimerMs)));
    },
    stop() {
      clearTimeout(timer);
      timerDueAtMs = Number.POSITIVE_INFINITY;
    },
  };
}
