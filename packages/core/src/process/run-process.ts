import type { ProcessRequest, ProcessResult } from "./process-request.js";
import { startProcess } from "./start-process.js";

/**
 * Runs a program to its end: the one place where agentbot starts processes. Every expected end is a value. When the
 * promise settles nothing of the program is left: its process group, its descendants in sessions of their own and
 * whoever held its output open have been ended, politely first. A descendant that left the group, lost its parent *and*
 * wiped its environment is out of reach; a sandbox with a PID namespace holds that one. What outlives *this* process,
 * because SIGKILL ended it, is ended by {@link endOrphans}.
 *
 * Throws only what `onLine` throws, after the program was ended.
 *
 * @example
 * const result = await runProcess({ program: "git", arguments: ["--version"], directory: "/", environment: { PATH },
 *   signal, timeoutMs: 10_000, onLine: (line) => log.info({ line }, "git says") });
 * if (result.end === "exited" && result.exitCode === 0) ...
 */
export async function runProcess(request: ProcessRequest): Promise<ProcessResult> {
  return (await startProcess(request)).result;
}
