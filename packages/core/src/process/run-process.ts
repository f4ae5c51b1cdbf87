import { createCleanupStack } from "../lifecycle/cleanup-stack.js";
import { isReadToEnd, isSettledWithin, streamEnd } from "./drain-output.js";
import { endProcessTree } from "./end-process-tree.js";
import { killAtExit } from "./kill-at-exit.js";
import type { ProcessRequest } from "./process-request.js";
import type { ProcessResult } from "./process-result.js";
import { newProcessTag, processTagName } from "./process-tag.js";
import { readLines } from "./read-lines.js";
import { startChild } from "./start-child.js";
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
  const { killGraceMs = 5000, drainMs = 2000 } = request;
  if (request.signal.aborted) return { ...neverStarted, end: "aborted" };

  const tag = await newProcessTag();
  const child = await startChild(request, { [processTagName]: tag });
  if (child.status === "not-started") {
    return { ...neverStarted, startError: { code: child.code, message: child.message } };
  }

  const tree = { pid: child.pid, tag };
  const cleanup = createCleanupStack();
  cleanup.push(killAtExit(child.pid));
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
    await endProcessTree(tree, killGraceMs);
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
