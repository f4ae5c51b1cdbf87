import { mkdir, open, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { once, sleep } from "@agentbot/core/adapter";
import { isOwnerDead, type LockOwner, thisLockOwner } from "./lock-owner.js";

/** A held lock. */
export interface TicketLock {
  /** False once somebody took over: nothing the lock guards may be touched any more. */
  isHeld(): Promise<boolean>;
  release(): Promise<void>;
}

/** How {@link acquireTicketLock} waits. */
export interface TicketLockOptions {
  readonly signal: AbortSignal;
  /** Take the lock from a holder that is alive after waiting so long; null waits for ever. */
  readonly takeOverAfterMs: number | null;
}

const heartbeatMs = 5_000;
const staleMs = 30_000;
const pollMs = 50;
const released = "released";

/**
 * A lock between processes that share a directory. The holder is the maker of the highest-numbered file; it is never
 * removed before a higher one exists, so taking over from a dead holder cannot race. A dead process of this machine is
 * noticed at once, any other by its heartbeat.
 */
export async function acquireTicketLock(directory: string, options: TicketLockOptions): Promise<TicketLock> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const self = await thisLockOwner();
  const takeOverAt = options.takeOverAfterMs === null ? Number.POSITIVE_INFINITY : Date.now() + options.takeOverAfterMs;
  for (;;) {
    options.signal.throwIfAborted();
    const newest = Math.max(0, ...(await ticketsIn(directory)));
    const isFree = newest === 0 || Date.now() >= takeOverAt || (await isAbandoned(join(directory, `${newest}`), self));
    if (isFree && (await take(directory, newest + 1, self))) return hold(directory, newest + 1);
    if (!isFree) await sleep(pollMs, options.signal);
  }
}

async function take(directory: string, ticket: number, self: LockOwner): Promise<boolean> {
  const path = join(directory, `${ticket}`);
  try {
    const file = await open(path, "wx", 0o600);
    await file.writeFile(JSON.stringify(self)).finally(() => file.close());
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
  const tickets = await ticketsIn(directory);
  const isHighest = tickets.every((other) => other <= ticket);
  // A lower number can only be made when a higher holder already swept it away.
  const swept = isHighest ? tickets.filter((other) => other < ticket - 1) : [ticket];
  await Promise.all(swept.map((other) => rm(join(directory, `${other}`), { force: true })));
  return isHighest;
}

function hold(directory: string, ticket: number): TicketLock {
  const path = join(directory, `${ticket}`);
  const beat = (): void => {
    const now = new Date();
    utimes(path, now, now).catch(() => {});
  };
  const timer = setInterval(beat, heartbeatMs).unref();
  let isReleased = false;
  return {
    isHeld: async () => !isReleased && Math.max(0, ...(await ticketsIn(directory))) === ticket,
    release: once(async () => {
      isReleased = true;
      clearInterval(timer);
      await writeFile(path, released, { flag: "r+" }).catch(ignoreMissing);
    }),
  };
}

async function isAbandoned(path: string, self: LockOwner): Promise<boolean> {
  try {
    const [content, { mtimeMs }] = await Promise.all([readFile(path, "utf8"), stat(path)]);
    if (content.startsWith(released)) return true;
    const owner = parseOwner(content);
    return Date.now() - mtimeMs > staleMs || (owner !== null && isOwnerDead(owner, self));
  } catch (error) {
    ignoreMissing(error);
    return false;
  }
}

async function ticketsIn(directory: string): Promise<number[]> {
  const names = await readdir(directory).catch((error: unknown) => {
    ignoreMissing(error);
    return [];
  });
  return names.map(Number).filter(Number.isSafeInteger);
}

/** Null for a file whose owner has not written it yet. */
function parseOwner(content: string): LockOwner | null {
  try {
    const { pid, machine } = JSON.parse(content) as Partial<LockOwner>;
    return Number.isSafeInteger(pid) && pid !== undefined && typeof machine === "string" ? { pid, machine } : null;
  } catch {
    return null;
  }
}

function ignoreMissing(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
}
