import type { Lease } from "../task/lease.js";
import type { Thread } from "../task/thread.js";

/** Threads and the names they go by. `link` throws AgentBotError `LEASE_LOST` under an old fence. */
export interface ThreadStore {
  /** The thread with this alias in this installation, or null. */
  find(installationId: string, alias: string): Promise<Thread | null>;
  /** The thread with this id, or null. */
  findById(threadId: string): Promise<Thread | null>;
  /** Gives the task's thread another name, its pull request's say. A name that is taken stays where it is. */
  link(lease: Lease, alias: string): Promise<void>;
}
