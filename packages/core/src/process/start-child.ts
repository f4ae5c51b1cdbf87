import { type ChildProcess, spawn } from "node:child_process";
import { stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import type { LaunchResult } from "../ports/launch.js";
import type { ProcessRequest } from "./process-request.js";

/** A running child process. */
export interface StartedChild {
  readonly status: "started";
  readonly pid: number;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly exited: Promise<Pick<LaunchResult, "exitCode" | "signal">>;
}

/** A child process that could not be started. */
export interface UnstartedChild {
  readonly status: "not-started";
  readonly error: NonNullable<LaunchResult["startError"]>;
}

/** Starts a program in a process group of its own, with `extraEnvironment` on top, and writes its standard input. */
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
    const exited: StartedChild["exited"] = new Promise((resolve) => {
      child.once("exit", (exitCode, signal) => resolve({ exitCode, signal }));
    });
    // First: a process without a free file descriptor gets a child without streams, and an error event without another listener.
    const pid = await pidOf(child);
    // EPIPE: the program ended, or closed its input, before it had read all of it; that is allowed.
    child.stdin.on("error", () => {});
    child.stdin.end(request.stdin ?? "");
    return { status: "started", pid, stdout: child.stdout, stderr: child.stderr, exited };
  } catch (error) {
    return { status: "not-started", error: await explain(request, error) };
  }
}

function pidOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("spawn", () => resolve(child.pid ?? 0));
  });
}

async function explain({ program, directory }: ProcessRequest, error: unknown): Promise<UnstartedChild["error"]> {
  const code = String(Object(error).code ?? "UNKNOWN");
  // The system reports ENOENT for a missing program and for a missing directory alike.
  const isDirectory = await stat(directory).then(
    (found) => found.isDirectory(),
    () => false,
  );
  return isDirectory
    ? { code, message: `${program} can't be started (${code})` }
    : { code: "ENOTDIR", message: `${directory} is not a directory (${code})` };
}
