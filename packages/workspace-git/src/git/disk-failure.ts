import { AgentBotError } from "@agentbot/core";

/**
 * Does work on the disk; what the operating system refuses, as a full disk, becomes an error worth another try.
 *
 * @throws AgentBotError `GIT_FAILED`
 */
export async function withDiskFailures<Result>(action: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    if (!isSystemError(cause)) throw cause;
    const message = `${action} failed: ${cause.code} at ${cause.syscall}; check the workspace directory and its disk`;
    throw new AgentBotError("GIT_FAILED", message, { cause, details: { kind: "disk", code: cause.code } });
  }
}

function isSystemError(error: unknown): error is { code: string; syscall: string } {
  return error instanceof Error && "code" in error && "syscall" in error;
}
