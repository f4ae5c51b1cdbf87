/** A program to run inside a task's sandbox, in its work tree. There is no shell: every argument arrives as it is. */
export interface LaunchRequest {
  /** A path, or a name on the `PATH` of `environment`. */
  readonly program: string;
  /** The arguments, without the program. */
  readonly arguments: readonly string[];
  /** The environment; the sandbox's own variables, such as `HOME`, are set on top. Nothing is inherited. */
  readonly environment: Readonly<Record<string, string>>;
  /** Written to standard input, which is then closed. @defaultValue null: standard input is empty */
  readonly stdin?: string | Uint8Array | null;
  /** Ends the run: the program and all it started are gone when the promise settles. */
  readonly signal: AbortSignal;
  /** Maximum duration, in milliseconds. @defaultValue null: no limit */
  readonly timeoutMs?: number | null;
  /**
   * Called for each line of standard output, in order, without its line end. A returned promise is awaited before the next
   * line: that is the back-pressure on the program.
   */
  readonly onLine?: (line: string) => void | Promise<void>;
  /** A longer line is dropped and counted; memory stays within this. @defaultValue 1048576 (1 MiB) */
  readonly maxLineBytes?: number;
  /** Time between SIGTERM and SIGKILL, in milliseconds. @defaultValue 5000 */
  readonly killGraceMs?: number;
}

/**
 * The end of a run: by itself, by its time limit, by its signal, by writing more than it may, or without a start. The first
 * one counts.
 */
export type LaunchEnd = "exited" | "timed-out" | "aborted" | "output-limit" | "not-started";

/** How a run of a program ended; every end carries the same fields. */
export interface LaunchResult {
  /** Whether it ended by itself, was stopped, or never started. */
  readonly end: LaunchEnd;
  /** Null if a signal killed it or it never started. */
  readonly exitCode: number | null;
  /** The signal that killed it, such as `SIGKILL`, or null. */
  readonly signal: string | null;
  /** Why it did not start: the system's code, such as `ENOENT`, and a sentence. Null if it did. */
  readonly startError: { readonly code: string; readonly message: string } | null;
  /** The end of standard error, as text. Untrusted. */
  readonly stderrTail: string;
  /** Number of lines longer than `maxLineBytes`, which were dropped. */
  readonly droppedLines: number;
}

/** Runs a program to its end inside the sandbox. Every expected end is a value; throws only what `onLine` throws. */
export type Launch = (request: LaunchRequest) => Promise<LaunchResult>;
