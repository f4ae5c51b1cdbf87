/** One of the queues that are compared, on a database of its own. */
export interface QueueSide {
  readonly name: string;
  /** Stores one new task and queues it. */
  add(): Promise<void>;
  addMany(count: number): Promise<void>;
  /** Starts a worker; resolves when it takes tasks. */
  work(concurrency: number, onTask: () => void): Promise<RunningWorker>;
  close(): Promise<void>;
}

/** A worker that takes tasks. */
export interface RunningWorker {
  stop(): Promise<void>;
}
