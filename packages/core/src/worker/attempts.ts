import type { Task } from "../task/task.js";

/** The attempt limit of one task, for one run of it. */
export interface Attempts {
  /** Number of attempts the task has. */
  allowed(): number;
  /** Doubles the limit: the work is done and paid for, and only has to be published. */
  extendToPublish(): void;
  /** Returns true if no attempt follows the task's present one. */
  isLast(task: Pick<Task, "attempt">): boolean;
}

/** Starts at the limit that every task has. */
export function createAttempts(maxAttempts: number): Attempts {
  let allowed = maxAttempts;
  return {
    allowed: () => allowed,
    extendToPublish() {
      allowed = maxAttempts * 2;
    },
    isLast: ({ attempt }) => attempt >= allowed,
  };
}

/**
 * Admits one last attempt at a time in this process. A run that kills its process ends the runs beside it too, and all of
 * them return together: without the gate each would use its last attempt beside the one that kills.
 */
export interface LastAttemptGate {
  /** Returns the release of the gate, or null while another task has its last attempt here. */
  tryAcquire(task: Pick<Task, "attempt">): (() => void) | null;
}

/** Never refuses if the first attempt is the last one. */
export function createLastAttemptGate(maxAttempts: number): LastAttemptGate {
  let isTaken = false;
  return {
    tryAcquire({ attempt }) {
      if (maxAttempts === 1 || attempt < maxAttempts) return () => {};
      if (isTaken) return null;
      isTaken = true;
      return () => {
        isTaken = false;
      };
    },
  };
}
