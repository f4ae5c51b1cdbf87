import { sleep } from "../lifecycle/sleep.js";
import { findProcessTree, type ProcessTree } from "./process-tree.js";

const firstLookMs = 5;
const longestLookMs = 100;
/** A process in an uninterruptible wait can't be killed; it is given up after so long. */
const killWaitMs = 10_000;

/**
 * Ends what is left of a tree: SIGTERM to each process, and after `graceMs` SIGKILL, again and again, since a process
 * may fork between the look and the blow. Resolves when none is left.
 */
export async function endProcessTree(tree: ProcessTree, graceMs: number): Promise<void> {
  const isGone = await sweep(tree, "SIGTERM", graceMs);
  if (!isGone) await sweep(tree, "SIGKILL", killWaitMs);
}

async function sweep(tree: ProcessTree, signal: "SIGTERM" | "SIGKILL", limitMs: number): Promise<boolean> {
  const givenUpAt = performance.now() + limitMs;
  const told = new Set<number>();
  for (let waitMs = firstLookMs; ; waitMs = Math.min(waitMs * 2, longestLookMs)) {
    const members = await findProcessTree(tree);
    if (members === null ? !isAlive(-tree.pid) : members.size === 0) return true;
    for (const target of members ?? [-tree.pid]) {
      // A polite program may take a second SIGTERM for impatience and skip its own clean-up.
      if (signal === "SIGTERM" && told.has(target)) continue;
      told.add(target);
      send(target, signal);
    }
    const leftMs = givenUpAt - performance.now();
    if (leftMs <= 0) return false;
    await sleep(Math.min(waitMs, leftMs));
  }
}

function isAlive(target: number): boolean {
  return send(target, 0);
}

function send(target: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(target, signal);
  } catch {
    // It is gone already: that is what was wanted.
    return false;
  }
}
