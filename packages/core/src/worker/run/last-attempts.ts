import type { Task } from "../../task/task.js";

/**
 * Lets one task at a time have its last attempt in this process. A run that kills its process takes its neighbours with
 * it, and they come back together: without this, each would use its last attempt beside the one that kills.
 */
export interface LastAttempts {
  /** Ends the turn that it gives; null when another task has its last attempt here. */
  enter(task: Task): (() => void) | null;
}

/** Nobody has a last attempt yet. Where the first attempt is the last, everybody may. */
export function createLastAttempts(maxAttempts: number): LastAttempts {
  let isTaken = false;
  return {
    enter({ attempt }) {
      if (maxAttempts === 1 || attempt < maxAttempts) return () => {};
      if (isTaken) return null;
      isTaken = true;
      return () => {
        isTaken = false;
      };
    },
  };
}
