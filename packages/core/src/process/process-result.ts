/**
 * What ended a run: by itself, by its time limit, by its signal, by writing more than it may, or never started.
 * Whichever comes first counts.
 */
export type ProcessEnd = "exited" | "timed-out" | "aborted" | "output-limit" | "not-started";

/** How a run of a program ended; every end carries the same fields. */
export interface ProcessResult {
  readonly end: ProcessEnd;
  /** Null when a signal killed it or it never started. */
  readonly exitCode: number | null;
  /** The signal that killed it, such as `SIGKILL`, or null. */
  readonly signal: string | null;
  /** Why it did not start: the system's code, such as `ENOENT`, and a sentence. Null when it did. */
  readonly startError: { readonly code: string; readonly message: string } | null;
  /** The end of standard error, as text. Untrusted. */
  readonly stderrTail: string;
  /** Lines longer than `maxLineBytes`, which were dropped. */
  readonly droppedLines: number;
}
