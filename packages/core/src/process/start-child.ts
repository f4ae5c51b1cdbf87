import { type ChildProcess, spawn } from "node:child_process";
import { stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import type { ProcessRequest } from "./process-request.js";

/** How a child left: with an exit code, or by a signal. */
export interface ChildExit {
  readonly exitCode: number | null;
  readonly signal: string | null;
}

/** A child process that runs. */
export interface StartedChild {
  readonly status: "started";
  readonly pid: number;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly exited: Promise<ChildExit>;
}

/** A child process that could not be started. */
export interface UnstartedChild {
  readonly status: "not-started";
  readonly code: string;
  readonly message: string;
}

/** Starts a program in a process group of its own, with `extraEnvironment` beside the request's, and feeds it its input. */
export async function startChild(
  request: ProcessRequest,
  extraEnvironment: Readonly<Record<string, string>>,
): Promise<StartedChild | UnstartedChild> {
  try {
    const child = spawn(request.program, [...request.arguments], {
      cwd: request.directory,
      env: { ...request.environment, ...extraEnvironment },
      stdio: ["pipe", "pipe", "pipe"],
      detached: true,
      shell: false,
      ...(request.user ? { uid: request.user.userId, gid: request.user.groupId } : {}),
    });
    const exited = new Promise<ChildExit>((resolve) => {
      child.once("exit", (exitCode, signal) => resolve({ exitCode, signal }));
    });
    // EPIPE: it ended, or closed its input, before reading all. That is its own affair.
    child.stdin.on("error", () => {});
    const pid = await pidOf(child);
    child.stdin.end(request.stdin ?? "");
    return { status: "started", pid, stdout: child.stdout, stderr: child.stderr, exited };
  } catch (error) {
    return explain(request, error);
  }
}

function pidOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("spawn", () => resolve(child.pid ?? 0));
  });
}

async function explain({ program, directory }: ProcessRequest, error: unknown): Promise<UnstartedChild> {
  const code = String(Object(error).code ?? "UNKNOWN");
  // The system says ENOENT for a missing program and for a missing directory alike.
  const isDirectory = await stat(directory).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isDirectory)
    return { status: "not-started", code: "ENOTDIR", message: `${directory} is not a directory (${code})` };
  return { status: "not-started", code, message: `${program} can't be started (${code})` };
}
