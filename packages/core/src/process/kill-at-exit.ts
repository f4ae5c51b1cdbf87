import { sendSignal } from "./send-signal.js";

const groups = new Set<number>();

function killAll(): void {
  for (const group of groups) sendSignal(-group, "SIGKILL");
}

/**
 * Kills a process group should this process exit before the returned function is called: an agent must not go on
 * spending after a crash of its worker.
 */
export function killAtExit(group: number): () => void {
  if (groups.size === 0) process.once("exit", killAll);
  groups.add(group);
  return () => {
    groups.delete(group);
    if (groups.size === 0) process.removeListener("exit", killAll);
  };
}
