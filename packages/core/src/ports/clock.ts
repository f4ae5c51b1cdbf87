/** The time, so that a test can set it. Leases use the store's own clock instead. */
export interface Clock {
  now(): Date;
  /** Waits; ends early, without an error, when the signal aborts. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}
