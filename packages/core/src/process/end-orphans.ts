import { endProcesses } from "./end-process-tree.js";
import { isRunnerDead } from "./process-tag.js";
import { addDescendants } from "./process-tree.js";
import { readTaggedProcesses } from "./read-tagged-processes.js";

/** Nobody reads an orphan's last words any more, so it gets less time for them than a run that is stopped. */
const orphanGraceMs = 1000;

/**
 * Ends every process that `runProcess` started in a process that is dead: SIGKILL to a worker can't reach the agent it
 * runs, and an agent nobody watches would go on to spend and to write into the next attempt's work tree. Processes of
 * runners that live are never touched, nor those of other users and other PID namespaces. Resolves when they are gone.
 *
 * Only on Linux: elsewhere processes and their environments can't be listed, and nothing is ended.
 */
export async function endOrphans(): Promise<void> {
  await endProcesses(findOrphans, orphanGraceMs);
}

async function findOrphans(): Promise<ReadonlySet<number>> {
  const processes = (await readTaggedProcesses()) ?? [];
  const orphans = new Set<number>();
  await Promise.all(
    processes.map(async ({ pid, tag }) => {
      if (tag !== null && (await isRunnerDead(tag))) orphans.add(pid);
    }),
  );
  addDescendants(orphans, processes);
  return orphans;
}
