import type { LaunchRequest } from "../ports/launch.js";
import type { EndsWithParent } from "./end-with-parent.js";

/** One run of a program by {@link runProcess}. */
export interface ProcessRequest extends LaunchRequest {
  /** The working directory; it must exist. */
  readonly directory: string;
  /** The whole environment: nothing is inherited. Only `AGENTBOT_PROCESS`, a tag that finds runaways, is added. */
  readonly environment: Readonly<Record<string, string>>;
  /** The user whose rights the program has; only root may choose another. @defaultValue null: this process's own */
  readonly user?: { readonly userId: number; readonly groupId: number } | null;
  /** A program that writes more to standard output is killed. @defaultValue 268435456 (256 MiB) */
  readonly maxOutputBytes?: number;
  /** Bytes of the end of standard error that are kept; the rest is read and dropped. @defaultValue 16384 (16 KiB) */
  readonly maxStderrBytes?: number;
  /** Maximum wait for output that a leftover process may still hold open, in milliseconds. @defaultValue 2000 */
  readonly drainMs?: number;
  /**
   * If this process dies while the program runs, even by SIGKILL, the program is killed at once instead of when
   * another worker looks for orphans. Costs a small shell beside the program. @defaultValue null
   */
  readonly endsWithParent?: EndsWithParent | null;
}

/**
 * Returns the environment of a child process: the named variables of `source` that are set, and `extra` on top. A secret
 * of the parent can't leak by being forgotten, since only listed variables are copied.
 *
 * @example
 * environmentFrom(process.env, ["PATH", "LANG"], { HOME: home });
 */
export function environmentFrom(
  source: Readonly<Record<string, string | undefined>>,
  allowedNames: readonly string[],
  extra: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const name of allowedNames) {
    const value = source[name];
    if (value !== undefined) environment[name] = value;
  }
  return { ...environment, ...extra };
}
