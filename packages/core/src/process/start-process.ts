import { createCleanupStack } from "../lifecycle/cleanup-stack.js";
import { isReadToEnd, isSettledWithin, streamEnd } from "./drain-output.js";
import { endProcessTree } from "./end-process-tree.js";
import { endWithParent } from "./end-with-parent.js";
import { killAtExit } from "./kill-at-exit.js";
import type { ProcessRequest, ProcessResult } from "./process-request.js";
import { newProcessTag, processTagName } from "./process-tag.js";
import { signalProcessTree } from "./process-tree.js";
import { readLines } from "./read-lines.js";
import { sendSignal } from "./send-signal.js";
import { type StartedChild, startChild } from "./start-child.js";
import { createStopSwitch } from "./stop-switch.js";
import { createTailBuffer } from "./tail-buffer.js";

const neverStarted: ProcessResult = {
  end: "not-started",
  exitCode: null,
  signal: null,
  startError: null,
  stderrTail: "",
  droppedLines: 0,
};

/** A program that runs by itself, such as a server. */
export interface StartedProcess {
  /** Null when it never started: `result` says why. */
  readonly processId: number | null;
  /** How it ended, once nothing of it is left. Rejects only with what `onLine` throws. */
  readonly result: Promise<ProcessResult>;
  /**
   * Sends a signal to the program alone, or to all that came of it as well. One to a program that has ended is nothing.
   * Where processes can't be listed, as on macOS, all is the process group.
   */
  signal(name: NodeJS.Signals, to: "program" | "all"): Promise<void>;
}

/**
 * Starts a program and lets it run, under the same care as {@link runProcess}: abort the request's signal to end it and
 * all it started. For servers; what runs to its end is run by {@link runProcess}.
 *
 * @example
 * const server = await startProcess({ program: "caddy", arguments: ["run"], directory, environment: { PATH },
 *   signal, endsWithParent: {}, maxOutputBytes: Number.POSITIVE_INFINITY });
 */
export async function startProcess(request: ProcessRequest): Promise<StartedProcess> {
  if (request.signal.aborted) return notStarted({ ...neverStarted, end: "aborted" });
  const tag = await newProcessTag();
  const child = await startChild(request, { [processTagName]: tag });
  if (child.status === "not-started") {
    return notStarted({ ...neverStarted, startError: { code: child.code, message: child.message } });
  }
  const tree = { pid: child.pid, tag };
  let hasExited = false;
  child.exited.then(() => {
    hasExited = true;
  });
  return {
    processId: child.pid,
    result: watch(request, child, tag),
    async signal(name, to) {
      if (hasExited) return;
      if (to === "all") await signalProcessTree(tree, name);
      else sendSignal(child.pid, name);
    },
  };
}

function notStarted(result: ProcessResult): StartedProcess {
  return { processId: null, result: Promise.resolve(result), signal: async () => {} };
}

async function watch(request: ProcessRequest, child: StartedChild, tag: string): Promise<ProcessResult> {
  const { killGraceMs = 5000, drainMs = 2000 } = request;
  const cleanup = createCleanupStack();
  cleanup.push(killAtExit(child.pid));
  if (request.endsWithParent) cleanup.push(endWithParent(child.pid, request.endsWithParent));
  const stop = createStopSwitch(request.signal, request.timeoutMs ?? null);
  cleanup.push(stop.disarm);

  const stderr = createTailBuffer(request.maxStderrBytes ?? 16 * 1024);
  child.stderr.on("data", stderr.push);
  const stderrRead = streamEnd(child.stderr);
  const stdout = readLines(child.stdout, {
    maxLineBytes: request.maxLineBytes ?? 1024 * 1024,
    maxOutputBytes: request.maxOutputBytes ?? 256 * 1024 * 1024,
    onLine: request.onLine ?? (() => {}),
    onLimit: () => stop.because("output-limit"),
  });
  stdout.done.catch(() => stop.because("aborted"));

  try {
    await Promise.race([child.exited, stop.pressed]);
    if (stop.cause() === null) {
      stop.disarm();
      await isSettledWithin(Promise.all([stdout.done, stderrRead]), drainMs);
    }
    await endProcessTree({ pid: child.pid, tag }, killGraceMs);
    const hasExited = await isSettledWithin(child.exited, drainMs);
    await isReadToEnd(stdout, drainMs);
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
