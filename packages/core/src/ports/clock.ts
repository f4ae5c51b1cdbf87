/** The time, so that a test can set it. Leases use the store's own clock instead. */
export interface Clock {
  /** The date and time. */
  now(): Date;
  /** Milliseconds since some moment that stays: it only goes forward, however the date is set. */
  monotonicMs(): number;
  /** Waits; ends early, without an error, when the signal aborts. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}
