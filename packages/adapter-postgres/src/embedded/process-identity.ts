import { readFileSync } from "node:fs";

/** A process, told apart from a later one with the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in the kernel's own words; `0` where there is no `/proc`. */
  readonly startTime: string;
}

/** This process. */
export function currentProcess(): ProcessIdentity {
  return { pid: process.pid, startTime: readStatus(process.pid)?.startTime ?? "0" };
}

/** Is this very process still there? A zombie is not: it holds nothing any more. */
export function isProcessAlive({ pid, startTime }: ProcessIdentity): boolean {
  const status = readStatus(pid);
  if (status) return !status.isZombie && (startTime === "0" || status.startTime === startTime);
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there and belongs to somebody else.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** Reads `/proc/<pid>/stat` (proc(5)): the state is field 3, the start time since boot field 22. */
function readStatus(pid: number): { readonly isZombie: boolean; readonly startTime: string } | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // Field 2 is the program's name in parentheses and may itself hold spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { isZombie: fields[0] === "Z" || fields[0] === "X", startTime: fields[19] ?? "0" };
  } catch {
    return null;
  }
}
