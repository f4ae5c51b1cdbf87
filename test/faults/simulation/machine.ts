import type { Clock } from "@agentbot/core";

/** Time as machines know it, virtual or real. */
export interface MachineTime {
  readonly nowMs: number;
  /** Calls `act` after `delayMs`; returns the function that cancels it. */
  after(delayMs: number, act: () => void): () => void;
}

/** The ways in which a machine's code is called from outside. */
export type Arrival = "answer" | "timer";

/** One life of one process, which can die, be stopped for a while, and have a date of its own. */
export interface Machine {
  readonly name: string;
  readonly isDead: boolean;
  readonly isPaused: boolean;
  /** True once it was paused at all. */
  readonly wasPaused: boolean;
  readonly clock: Clock;
  /** The fence under which it believes to hold each task. */
  readonly fences: Map<string, number>;
  /** Lets its code go on with this: now, when it goes on, or never. */
  deliver(kind: Arrival, act: () => void): void;
  /** At once where it is dead already. Returns what forgets it. */
  onDeath(act: () => void): () => void;
  kill(): void;
  pause(): void;
  /** Goes on; what came meanwhile comes now, and whether answers come before timers is chance, as in an event loop. */
  resume(areAnswersFirst: boolean): void;
  /** Sets its date ahead or back. */
  shiftDate(byMs: number): void;
}

/** The date at which virtual time begins: minutes before a day ends, so that tomorrow's budget comes soon. */
const startOfTime = Date.UTC(2026, 10, 22, 23, 52);

/** Starts a life; `startMs` is the date when its time was 0. */
export function createMachine(name: string, time: MachineTime, startMs = startOfTime): Machine {
  let isDead = false;
  let isPaused = false;
  let wasPaused = false;
  let dateShiftMs = 0;
  const waiting: { readonly kind: Arrival; readonly act: () => void }[] = [];
  const mourners = new Set<() => void>();

  const deliver = (kind: Arrival, act: () => void): void => {
    if (isDead) return;
    if (isPaused) waiting.push({ kind, act });
    else act();
  };

  return {
    name,
    fences: new Map(),
    get isDead() {
      return isDead;
    },
    get isPaused() {
      return isPaused;
    },
    get wasPaused() {
      return wasPaused;
    },
    deliver,
    clock: {
      now: () => new Date(startMs + time.nowMs + dateShiftMs),
      monotonicMs: () => time.nowMs,
      async sleep(durationMs, signal) {
        if (signal?.aborted) return;
        await new Promise<void>((resolve) => {
          const wake = (): void => {
            forget();
            signal?.removeEventListener("abort", wake);
            resolve();
          };
          const forget = time.after(durationMs, () => deliver("timer", wake));
          signal?.addEventListener("abort", wake, { once: true });
        });
      },
    },
    onDeath(act) {
      if (isDead) act();
      else mourners.add(act);
      return () => void mourners.delete(act);
    },
    kill() {
      if (isDead) return;
      isDead = true;
      for (const mourn of mourners) mourn();
    },
    pause() {
      isPaused = true;
      wasPaused = true;
    },
    resume(areAnswersFirst) {
      isPaused = false;
      const come = waiting.splice(0);
      const first = areAnswersFirst ? "answer" : "timer";
      const inOrder = [...come.filter(({ kind }) => kind === first), ...come.filter(({ kind }) => kind !== first)];
      for (const { kind, act } of inOrder) time.after(0, () => deliver(kind, act));
    },
    shiftDate(byMs) {
      dateShiftMs += byMs;
    },
  };
}
