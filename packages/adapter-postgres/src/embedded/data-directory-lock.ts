import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AgentBotError } from "@agentbot/core";
import { sleep } from "@agentbot/core/adapter";
import { currentProcess, isProcessAlive } from "./process-identity.js";

/** A data directory that no other process has open. */
export interface DataDirectoryLock {
  /** Gives it up; harmless when repeated. */
  release(): void;
}

/** A claim on the directory: a file whose name says whose it is, and whose content whether it is settled. */
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
 * steps back: two never hold it. A claim's name is never used again, so removing one whose process is gone harms nobody.
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
