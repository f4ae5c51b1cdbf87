import { finished } from "node:stream/promises";
import { createCleanupStack } from "../lifecycle/cleanup-stack.js";
import { isSettledWithin, maxTimerMs } from "../lifecycle/deadline.js";
import type { LaunchEnd, LaunchResult } from "../ports/launch.js";
import { endProcessTree, sendSignal, signalProcessTree } from "./end-process-tree.js";
import { endWithParent, killAtExit } from "./end-with-parent.js";
import type { ProcessRequest } from "./process-request.js";
import { newProcessTag, processTagName } from "./process-table.js";
import { readLines } from "./read-lines.js";
import { type StartedChild, startChild } from "./start-child.js";
import { createTailBuffer } from "./tail-buffer.js";

/** A program that runs in the background, such as a server. */
export interface StartedProcess {
  /** Null if it never started: `result` has the reason. */
  readonly processId: number | null;
  /** How it ended, once nothing of it is left. Rejects only with what `onLine` throws. */
  readonly result: Promise<LaunchResult>;
  /**
   * Sends a signal to the program alone, or to all its descendants as well; does nothing once the program has ended.
   * Where processes can't be listed, as on macOS, `all` is the process group.
   */
  signal(name: NodeJS.Signals, to: "program" | "all"): Promise<void>;
}

/**
 * Runs a program to its end: the one place where agentbot starts processes. Every expected end is a value. When the
 * promise settles nothing of the program is left: its process group, its descendants in sessions of their own and any
 * process that held its output open have been ended, SIGTERM first. A descendant that left the group, lost its parent
 * *and* cleared its environment is out of reach; a sandbox with a PID namespace holds that one. Programs that
 * outlive *this* process after a SIGKILL are ended by {@link endOrphans}.
 *
 * Throws only what `onLine` throws, after the program was ended.
 *
 * @example
 * const result = await runProcess({ program: "git", arguments: ["--version"], directory: "/", environment: { PATH },
 *   signal, timeoutMs: 10_000, onLine: (line) => log.info({ line }, "Output of git") });
 * if (result.end === "exited" && result.exitCode === 0) ...
 */
export async function runProcess(request: ProcessRequest): Promise<LaunchResult> {
  return (await startProcess(request)).result;
}

/**
 * Starts a program that keeps running, such as a server, with the same guarantees as {@link runProcess}. Abort the
 * request's signal to end it and its descendants.
 *
 * @example
 * const server = await startProcess({ program: "caddy", arguments: ["run"], directory, environment: { PATH },
 *   signal, endsWithParent: {}, maxOutputBytes: Number.POSITIVE_INFINITY });
 */
export async function startProcess(request: ProcessRequest): Promise<StartedProcess> {
  if (request.signal.aborted) return notStarted({ end: "aborted", startError: null });
  const tag = newProcessTag();
  const child = await startChild(request, { [processTagName]: tag });
  if (child.status === "not-started") return notStarted({ end: "not-started", startError: child.error });
  let hasExited = false;
  child.exited.then(() => {
    hasExited = true;
  });
  return {
    processId: child.pid,
    result: watch(request, child, tag),
    async signal(name, to) {
      if (hasExited) return;
      if (to === "all") await signalProcessTree({ pid: child.pid, tag }, name);
      else sendSignal(child.pid, name);
    },
  };
}

function notStarted(why: Pick<LaunchResult, "end" | "startError">): StartedProcess {
  const result: LaunchResult = { ...why, exitCode: null, signal: null, stderrTail: "", droppedLines: 0 };
  return { processId: null, result: Promise.resolve(result), signal: async () => {} };
}

async function watch(request: ProcessRequest, child: StartedChild, tag: string): Promise<LaunchResult> {
  const { killGraceMs = 5000, drainMs = 2000 } = request;
  const cleanup = createCleanupStack();
  cleanup.push(killAtExit(child.pid));
  if (request.endsWithParent) cleanup.push(endWithParent(child.pid, request.endsWithParent));
  const stop = createStopSwitch(request.signal, request.timeoutMs ?? null);
  cleanup.push(stop.disarm);

  const stderr = createTailBuffer(request.maxStderrBytes ?? 16 * 1024);
  child.stderr.on("data", stderr.push);
  const stderrRead = finished(child.stderr, { writable: false }).catch(() => {});
  const stdout = readLines(child.stdout, {
    maxLineBytes: request.maxLineBytes ?? 1024 * 1024,
    maxOutputBytes: request.maxOutputBytes ?? 256 * 1024 * 1024,
    onLine: request.onLine ?? (() => {}),
    onLimit: () => stop.stop("output-limit"),
  });
  stdout.done.catch(() => stop.stop("aborted"));

  try {
    await Promise.race([child.exited, stop.stopped]);
    if (stop.cause() === null) {
      stop.disarm();
      await isSettledWithin(Promise.all([stdout.done, stderrRead]), drainMs);
    }
    await endProcessTree({ pid: child.pid, tag }, killGraceMs);
    const hasExited = await isSettledWithin(child.exited, drainMs);
    await stdout.isDoneUnlessQuiet(drainMs);
    child.stdout.destroy();
    child.stderr.destroy();
    await stdout.done;
    return {
      end: stop.cause() ?? "exited",
      ...(hasExited ? await child.exited : { exitCode: null, signal: null }),
      startError: null,
      stderrTail: stderr.text(),
      droppedLines: stdout.droppedLines(),
    };
  } finally {
    await cleanup.run();
  }
}

/** Records what ends a run from outside the program. The first cause counts. */
interface StopSwitch {
  /** Resolves at the first cause. */
  readonly stopped: Promise<void>;
  cause(): LaunchEnd | null;
  stop(cause: LaunchEnd): void;
  /** From now on neither the time limit nor the signal stops the run. */
  disarm(): void;
}

/** A switch that stops the run when the signal aborts or the time is up. */
function createStopSwitch(signal: AbortSignal, timeoutMs: number | null): StopSwitch {
  let cause: LaunchEnd | null = null;
  let resolveStopped = (): void => {};
  const stopped = new Promise<void>((resolve) => {
    resolveStopped = resolve;
  });
  const stop = (because: LaunchEnd): void => {
    cause ??= because;
    resolveStopped();
  };

  const onAbort = (): void => stop("aborted");
  const onTimeout = (): void => stop("timed-out");
  signal.addEventListener("abort", onAbort, { once: true });
  const timer = timeoutMs === null ? undefined : setTimeout(onTimeout, Math.min(timeoutMs, maxTimerMs));
  // The signal may have aborted while the program was starting.
  if (signal.aborted) onAbort();

  return {
    stopped,
    cause: () => cause,
    stop,
    disarm() {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    },
  };
}
