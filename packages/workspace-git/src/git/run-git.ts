import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { AgentBotError } from "@agentbot/core";

/** The start of one git process; nothing else is passed to it. */
export interface GitProcess {
  /** The git program: a name on `environment.PATH` or an absolute path. */
  readonly program: string;
  readonly arguments: readonly string[];
  readonly directory: string;
  /** The whole environment: nothing is inherited. */
  readonly environment: Readonly<Record<string, string>>;
}

/** A git process that runs to its end. */
export interface GitRun extends GitProcess {
  /** Written to its standard input, which is then closed. */
  readonly input: string | Uint8Array;
  /** Maximum standard output in bytes; the process is stopped past it. */
  readonly maxOutputBytes: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** How a git process ended. `exitCode` is null if a signal ended it. */
export interface GitEnd {
  readonly exitCode: number | null;
  readonly stdout: Buffer;
  /** The first 64 KiB, decoded. */
  readonly stderr: string;
  /** The reason for which it was stopped, or null if it ended by itself. */
  readonly stopped: "timeout" | "output" | null;
}

const maxErrorBytes = 64 * 1024;
const killAfterMs = 2_000;
const drainMs = 2_000;

/** Starts git in a process group of its own: the one place of this package that starts a process. */
export function startGit(request: GitProcess): ChildProcessWithoutNullStreams {
  return spawn(request.program, [...request.arguments], {
    cwd: request.directory,
    env: { ...request.environment },
    detached: true,
    stdio: "pipe",
  });
}

/** Ends a git process and its descendants: SIGTERM, and SIGKILL two seconds later. */
export function stopGit(child: ChildProcessWithoutNullStreams): void {
  const signalGroup = (name: NodeJS.Signals): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, name);
    } catch {
      // The group is gone already.
    }
  };
  signalGroup("SIGTERM");
  setTimeout(() => signalGroup("SIGKILL"), killAfterMs).unref();
}

/**
 * Runs git to its end. An exit code is a value; the caller decides which are errors.
 *
 * @throws AgentBotError `PROCESS_FAILED` if git can't be started; the signal's reason if it aborts.
 */
export async function runGit(request: GitRun): Promise<GitEnd> {
  request.signal.throwIfAborted();
  const child = startGit(request);
  const over = ended(child, request.program);
  // Without a free file descriptor there is a child without streams, and an error event.
  if (child.pid === undefined) await over;
  const output = collect(request.maxOutputBytes, () => stop("output"));
  const complaints = collect(maxErrorBytes, () => {});
  let stopped: GitEnd["stopped"] = null;
  const stop = (why: "timeout" | "output"): void => {
    stopped ??= why;
    stopGit(child);
  };
  const abort = (): void => stopGit(child);
  const timer = setTimeout(() => stop("timeout"), request.timeoutMs);
  request.signal.addEventListener("abort", abort, { once: true });
  child.stdout.on("data", output.add);
  child.stderr.on("data", complaints.add);
  // For a process that ends before it has read its input, the exit code decides.
  child.stdin.on("error", () => {});
  child.stdin.end(request.input);
  try {
    const exitCode = await over;
    request.signal.throwIfAborted();
    return { exitCode, stdout: output.bytes(), stderr: complaints.bytes().toString("utf8"), stopped };
  } finally {
    clearTimeout(timer);
    request.signal.removeEventListener("abort", abort);
  }
}

/** Returns the exit code once the output is drained, without waiting for a grandchild that keeps the pipes open. */
function ended(child: ChildProcessWithoutNullStreams, program: string): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once("error", (cause: NodeJS.ErrnoException) => {
      const message = `Git can't be started as '${program}' (${cause.code ?? "unknown"}): install git or set gitProgram`;
      reject(new AgentBotError("PROCESS_FAILED", message, { cause, isRetryable: cause.code !== "ENOENT" }));
    });
    child.once("close", (exitCode) => resolve(exitCode));
    child.once("exit", (exitCode) => {
      setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
        resolve(exitCode);
      }, drainMs).unref();
    });
  });
}

function collect(maxBytes: number, onFull: () => void): { add(chunk: Buffer): void; bytes(): Buffer } {
  const chunks: Buffer[] = [];
  let size = 0;
  return {
    add(chunk) {
      const room = maxBytes - size;
      size += chunk.length;
      if (room > 0) chunks.push(chunk.length > room ? chunk.subarray(0, room) : chunk);
      if (chunk.length > room) onFull();
    },
    bytes: () => Buffer.concat(chunks),
  };
}
