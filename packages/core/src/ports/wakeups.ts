/** Says "there is more", never what: readers read the store. A lost wake-up costs time, never data. */
export interface Wakeups {
  publish(channel: string): void;
  /** Calls back on every wake-up of the channel until the returned function is called. */
  subscribe(channel: string, onWakeup: () => void): () => void;
  close(): Promise<void>;
}
