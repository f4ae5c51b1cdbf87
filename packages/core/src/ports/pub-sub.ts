/** Notifies readers that there is more, without content: they read the store. A lost message costs time, never data. */
export interface PubSub {
  /** Wakes the subscribers of a channel in every process. Never throws and never waits. */
  publish(channel: string): void;
  /** Calls `onMessage` for every message of the channel until the returned function is called. */
  subscribe(channel: string, onMessage: () => void): () => void;
  /** Ends every subscription. Idempotent. */
  close(): Promise<void>;
}
