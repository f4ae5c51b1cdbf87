/** Says "there is more", never what: readers read the store. A lost wake-up costs time, never data. */
export interface PubSub {
  publish(channel: string): void;
  /** Calls back on every wake-up of the channel until the returned function is called. */
  subscribe(channel: string, onMessage: () => void): () => void;
  close(): Promise<void>;
}
