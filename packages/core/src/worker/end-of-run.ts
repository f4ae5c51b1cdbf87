import type { TaskEnd } from "../task/task-outcome.js";

/** Back in line without having failed: no budget left today, say. Told in the thread. */
export interface Parked {
  readonly status: "queued";
  readonly cause: "parked";
  readonly reason: string;
  readonly explanation: string;
  readonly delayMs: number;
}

/** How a run ends when nothing throws. */
export type EndOfRun = TaskEnd | Parked;
