/** The right to write about one task: every later write carries it, and a newer fence refuses an older one. */
export interface Lease {
  /** The task that is held. */
  readonly taskId: string;
  /** Rises with each begin of the task. */
  readonly fence: number;
}
