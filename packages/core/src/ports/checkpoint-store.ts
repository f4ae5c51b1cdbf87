import type { Checkpoint } from "../task/checkpoint.js";
import type { Lease } from "../task/lease.js";

/** Checkpoints of the work of agents. `save` throws AgentBotError `LEASE_LOST` under an old fence. */
export interface CheckpointStore {
  /**
   * Stores the checkpoint, adds its usage to the task and remembers its session on task and thread, in one transaction.
   * A run saves one checkpoint: what is saved again under its fence, because the first answer was lost, changes nothing. It
   * replaces the one of an earlier run, unless that was finished: then AgentBotError `LEASE_LOST`.
   */
  save(lease: Lease, checkpoint: Checkpoint): Promise<void>;
  /** The task's last checkpoint, or null. */
  find(taskId: string): Promise<Checkpoint | null>;
}
