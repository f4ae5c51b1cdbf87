import { readFile, readlink } from "node:fs/promises";
import { hostname } from "node:os";

/** Who holds a lock. `machine` tells apart machines, boots and containers: a pid means something only within one. */
export interface LockOwner {
  readonly pid: number;
  readonly machine: string;
}

/** This process as the owner of a lock. */
export async function thisLockOwner(): Promise<LockOwner> {
  const facts = [
    readFile("/proc/sys/kernel/random/boot_id", "utf8"),
    readlink("/proc/self/ns/pid"),
    // Absent outside Linux, where the host's name must do.
  ].map((fact) => fact.catch(() => ""));
  const machine = [hostname(), ...(await Promise.all(facts))].map((fact) => fact.trim()).join(" ");
  return { pid: process.pid, machine };
}

/** Is the owner surely gone? Only a process of the same machine can be asked about. */
export function isOwnerDead(owner: LockOwner, self: LockOwner): boolean {
  if (owner.machine !== self.machine) return false;
  try {
    process.kill(owner.pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}
