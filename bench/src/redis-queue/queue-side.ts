/** One of the queues that are compared, in a process of its own. */
export interface QueueSide {
  /** Adds one task and waits for Redis to have it. */
  add(): Promise<void>;
  addMany(count: number): Promise<void>;
  /** Starts a worker that learns of new tasks through Redis only; resolves when it is ready to take tasks. */
  work(concurrency: number, onTask: () => void): Promise<RunningWorker>;
  /** Makes a worker on the very queue that tasks are added to, where a side has such a thing. */
  workHere(concurrency: number, onTask: () => void): Promise<RunningWorker>;
  close(): Promise<void>;
}

/** A worker that takes tasks. */
export interface RunningWorker {
  /** From now on it takes tasks. */
  start(): void;
  stop(): Promise<void>;
}
