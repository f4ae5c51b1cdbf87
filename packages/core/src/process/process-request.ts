import type { EndsWithParent } from "./end-with-parent.js";

/** One run of a program, for {@link runProcess}. There is no shell: every argument arrives as it is. */
export interface ProcessRequest {
  readonly program: string;
  readonly arguments: readonly string[];
  /** The working directory; it must exist. */
  readonly directory: string;
  /** The whole environment: nothing is inherited. Only `AGENTBOT_PROCESS`, a tag that finds runaways, is added. */
  readonly environment: Readonly<Record<string, string>>;
  /** Whose rights it has; only root may give it another's. @defaultValue null: this process's own */
  readonly user?: { readonly userId: number; readonly groupId: number } | null;
  /** Written to standard input, which is then closed. @defaultValue null: standard input is empty */
  readonly stdin?: string | Uint8Array | null;
  /** Ends the run: the program and all it started are gone when {@link runProcess} settles. */
  readonly signal: AbortSignal;
  /** Ends the run after so many milliseconds. @defaultValue null: no limit */
  readonly timeoutMs?: number | null;
  /**
   * Called for each line of standard output, in order, without its line end. Only `\n` ends a line; one `\r` before it
   * is dropped. A returned promise is awaited before the next line: that is the back-pressure on the program.
   */
  readonly onLine?: (line: string) => void | Promise<void>;
  /** A longer line is dropped and counted; memory stays within this. @defaultValue 1048576 (1 MiB) */
  readonly maxLineBytes?: number;
  /** A program that writes more to standard output is killed. @defaultValue 268435456 (256 MiB) */
  readonly maxOutputBytes?: number;
  /** How much of the end of standard error is kept; the rest is read and thrown away. @defaultValue 16384 (16 KiB) */
  readonly maxStderrBytes?: number;
  /** Time between SIGTERM and SIGKILL, in milliseconds. @defaultValue 5000 */
  readonly killGraceMs?: number;
  /** How long output is awaited that a leftover process may still hold open, in milliseconds. @defaultValue 2000 */
  readonly drainMs?: number;
  /**
   * Should this process die while the program runs, even by SIGKILL, the program is killed at once, and not only when
   * another worker looks for orphans. Costs a small shell beside the program. @defaultValue null
   */
  readonly endsWithParent?: EndsWithParent | null;
}
