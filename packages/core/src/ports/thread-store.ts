import type { Lease } from "../task/lease.js";
import type { RepositoryRef } from "../task/repository-ref.js";
import type { Thread, ThreadAlias } from "../task/thread.js";

/**
 * Threads and their names. Writes throw AgentBotError `LEASE_LOST` under an old fence, and `REQUEST_INVALID` for a name, an id
 * or a path of more than 800 bytes.
 */
export interface ThreadStore {
  /** The thread with this alias, or null. */
  find(alias: ThreadAlias): Promise<Thread | null>;
  /** The thread with this id, or null. */
  findById(threadId: string): Promise<Thread | null>;
  /** Gives the task's thread another name, e.g. its pull request's. A name that is taken stays where it is. */
  link(lease: Lease, alias: ThreadAlias): Promise<void>;
  /** Stores the repository that the task was resolved to, on the task and for later tasks of its thread. */
  assignRepository(lease: Lease, repository: RepositoryRef): Promise<void>;
}
