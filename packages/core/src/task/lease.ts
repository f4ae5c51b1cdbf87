/** The right to write about one task: every later write carries it, and a newer fence refuses an older one. */
export interface Lease {
  readonly taskId: string;
  readonly fence: number;
}
