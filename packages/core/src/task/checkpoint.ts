import type { AgentOutcome } from "./agent-outcome.js";

/** The work that an agent left, stored before anything of it is published. */
export interface Checkpoint {
  /** True if the run reached its end: the agent is never run again for this task. */
  readonly isFinished: boolean;
  /** How the agent's run ended, with its spending. */
  readonly outcome: AgentOutcome;
  /** The commit of the agent's work; null if nothing changed. */
  readonly commit: string | null;
  /** The commit the work is based on, so that a retry builds on the same one. */
  readonly baseCommit: string;
  /** The changes of the commit, for people, with what was held back from it; null if nothing changed. */
  readonly diffStat: string | null;
  /** The entries that were held back, with the reason, one line a kind, for people; null if nothing was. */
  readonly leftOut: string | null;
  /** A git bundle with `commit`, so that a retry on another machine publishes the same bytes. */
  readonly bundle: Uint8Array | null;
}
