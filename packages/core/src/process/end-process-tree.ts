import { sleep } from "../lifecycle/sleep.js";
import { findProcessTree, type ProcessTree } from "./process-tree.js";
import { sendSignal } from "./send-signal.js";

const firstLookMs = 5;
const longestLookMs = 100;
/** A process in an uninterruptible wait can't be killed; it is given up after so long. */
const killWaitMs = 10_000;

/** Looks for the processes to end, as the targets of kill(2): a negative one is a whole group. */
type FindTargets = () => Promise<ReadonlySet<number>>;

/** Ends what is left of a tree, as {@link endProcesses} does. Where processes can't be listed, that is its group. */
export async function endProcessTree(tree: ProcessTree, graceMs: number): Promise<void> {
  await endProcesses(async () => {
    const members = await findProcessTree(tree);
    return members ?? new Set(sendSignal(-tree.pid, 0) ? [-tree.pid] : []);
  }, graceMs);
}

/**
 * Ends all that is found: SIGTERM to each process, and after `graceMs` SIGKILL, again and again, since a process may
 * fork between the look and the blow. Resolves when none is left.
 */
export async function endProcesses(find: FindTargets, graceMs: number): Promise<void> {
  const isGone = await sweep(find, "SIGTERM", graceMs);
  if (!isGone) await sweep(find, "SIGKILL", killWaitMs);
}

async function sweep(find: FindTargets, signal: "SIGTERM" | "SIGKILL", limitMs: number): Promise<boolean> {
  const givenUpAt = performance.now() + limitMs;
  const told = new Set<number>();
  for (let waitMs = firstLookMs; ; waitMs = Math.min(waitMs * 2, longestLookMs)) {
    const targets = await find();
    if (targets.size === 0) return true;
    for (const target of targets) {
      // A polite program may take a second SIGTERM for impatience and skip its own clean-up.
      if (signal === "SIGTERM" && told.has(target)) continue;
      told.add(target);
      sendSignal(target, signal);
    }
    const leftMs = givenUpAt - performance.now();
    if (leftMs <= 0) return false;
    await sleep(Math.min(waitMs, leftMs));
  }
}
