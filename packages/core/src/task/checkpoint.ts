import type { AgentOutcome } from "./agent-outcome.js";

/** What the agent left behind, stored before anything of it is published. */
export interface Checkpoint {
  /** True when the run reached its end: the agent is never run again for this task. */
  readonly isFinished: boolean;
  readonly outcome: AgentOutcome;
  /** The commit made of the agent's work; null when nothing changed. */
  readonly commit: string | null;
  /** The commit the work is based on, so that a retry builds on the same one. */
  readonly baseCommit: string;
  /** What the commit changes, for people, with what had to be left out of it; null when nothing changed. */
  readonly diffStat: string | null;
  /** A git bundle with `commit`, so that a retry on another machine publishes the same bytes. */
  readonly bundle: Uint8Array | null;
}
