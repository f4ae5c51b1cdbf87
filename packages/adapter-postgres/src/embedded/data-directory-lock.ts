import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AgentBotError } from "@agentbot/core";
import { sleep } from "@agentbot/core/adapter";

/** A data directory that no other process has open. */
export interface DataDirectoryLock {
  /** Gives it up; harmless when repeated. */
  release(): void;
}

/** A claim on the directory: a file whose name holds its process, and whose content whether it is settled. */
interface Claim {
  readonly name: string;
  readonly pid: number;
  readonly startTime: string;
}

const claimName = /^lock-(\d+)-(\w+)-[0-9a-f]{16}$/;
const maxTries = 60;

/**
 * Locks a data directory for this process, and takes it over from a process that is gone.
 *
 * Each contender first puts down a claim and only then looks for others, so of any two at least one sees the other and
 * steps back: two never hold it. A claim's name is never used again, so removing one whose process is gone is harmless.
 *
 * @throws AgentBotError `DATA_DIRECTORY_LOCKED` naming the process that has it open
 */
export async function lockDataDirectory(directory: string, signal?: AbortSignal): Promise<DataDirectoryLock> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const { pid, startTime } = currentProcess();
  for (let tries = 1; ; tries += 1) {
    signal?.throwIfAborted();
    const path = join(directory, `lock-${pid}-${startTime}-${randomBytes(8).toString("hex")}`);
    const release = (): void => rmSync(path, { force: true });
    writeFileSync(path, "claimed\n", { flag: "wx", mode: 0o600 });
    try {
      const rivals = readClaims(directory).filter((claim) => !path.endsWith(claim.name));
      const holder = rivals.find((claim) => isHeld(directory, claim)) ?? (tries < maxTries ? null : rivals[0]);
      if (holder) throw lockedBy(directory, holder);
      if (rivals.length === 0) {
        writeFileSync(path, `held by process ${pid}\n`);
        return { release };
      }
    } catch (error) {
      release();
      throw error;
    }
    release();
    await sleep(5 + Math.random() * 45, signal);
  }
}

/** The claims of living processes; those of dead ones are removed. */
function readClaims(directory: string): readonly Claim[] {
  const claims = readdirSync(directory).flatMap((name) => {
    const [, pid, startTime] = claimName.exec(name) ?? [];
    return pid === undefined || startTime === undefined ? [] : [{ name, pid: Number(pid), startTime }];
  });
  return claims.filter((claim) => {
    if (isProcessAlive(claim)) return true;
    rmSync(join(directory, claim.name), { force: true });
    return false;
  });
}

function isHeld(directory: string, claim: Claim): boolean {
  try {
    return readFileSync(join(directory, claim.name), "utf8").startsWith("held");
  } catch {
    return false;
  }
}

function lockedBy(directory: string, { pid }: Claim): AgentBotError {
  const who = pid === process.pid ? `This process (${pid})` : `Process ${pid}`;
  return new AgentBotError(
    "DATA_DIRECTORY_LOCKED",
    `${who} has the data directory ${directory} open, and embedded PostgreSQL allows one. Stop it, or choose another directory.`,
    { details: { directory, pid } },
  );
}

/** A process, distinguished from a later one with the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in the kernel's own words; `0` where there is no `/proc`. */
  readonly startTime: string;
}

/** This process. */
function currentProcess(): ProcessIdentity {
  return { pid: process.pid, startTime: readStatus(process.pid)?.startTime ?? "0" };
}

/** True if this very process is still there. A zombie is not: it holds nothing any more. */
function isProcessAlive({ pid, startTime }: ProcessIdentity): boolean {
  const status = readStatus(pid);
  if (status) return !status.isZombie && (startTime === "0" || status.startTime === startTime);
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there and belongs to another user.
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
