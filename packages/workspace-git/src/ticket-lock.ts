import { mkdir, open, readdir, readFile, readlink, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Clock } from "@agentbot/core";
import { once, systemClock } from "@agentbot/core/adapter";

/** A lock that was acquired. */
export interface TicketLock {
  /** Returns false once another holder took over: nothing the lock guards may be touched any more. */
  isHeld(): Promise<boolean>;
  release(): Promise<void>;
}

/** Options of {@link acquireTicketLock}. */
export interface TicketLockOptions {
  readonly signal: AbortSignal;
  /** Time after which the lock is taken from a holder that is alive; null waits for ever. */
  readonly takeOverAfterMs: number | null;
  /** @defaultValue the machine's */
  readonly clock?: Pick<Clock, "monotonicMs" | "sleep">;
}

const heartbeatMs = 5_000;
const staleMs = 30_000;
const pollMs = 50;
const released = "released";

/**
 * Acquires a lock between processes that share a directory. The holder is the maker of the highest-numbered file; the file
 * is never removed before a higher one exists, so taking over from a dead holder can't race. A dead process of this
 * machine and PID namespace is recognized at once, any other by the absence of its heartbeat for 30 seconds of this
 * process's own time: the date of a file may be another machine's, and dates jump.
 */
export async function acquireTicketLock(directory: string, options: TicketLockOptions): Promise<TicketLock> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const { signal, takeOverAfterMs, clock = systemClock } = options;
  const self = await thisLockOwner();
  const takeOverAtMs = takeOverAfterMs === null ? Number.POSITIVE_INFINITY : clock.monotonicMs() + takeOverAfterMs;
  const silence = createSilenceWatch(clock);
  for (;;) {
    signal.throwIfAborted();
    const newest = Math.max(0, ...(await ticketsIn(directory)));
    const isDue = clock.monotonicMs() >= takeOverAtMs;
    const isFree = newest === 0 || isDue || (await isAbandoned(join(directory, `${newest}`), self, silence));
    if (isFree && (await take(directory, newest + 1, self))) return hold(directory, newest + 1);
    if (!isFree) await clock.sleep(pollMs, signal);
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
  // A lower number can only be made after a higher holder has removed it.
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

/** Whether a file has not been touched for {@link staleMs} while it was watched; a new file begins a new watch. */
type SilenceWatch = (path: string, mtimeMs: number) => boolean;

function createSilenceWatch({ monotonicMs }: Pick<Clock, "monotonicMs">): SilenceWatch {
  let seen = { path: "", mtimeMs: 0, sinceMs: 0 };
  return (path, mtimeMs) => {
    if (seen.path !== path || seen.mtimeMs !== mtimeMs) seen = { path, mtimeMs, sinceMs: monotonicMs() };
    return monotonicMs() - seen.sinceMs >= staleMs;
  };
}

async function isAbandoned(path: string, self: LockOwner, isSilent: SilenceWatch): Promise<boolean> {
  try {
    const [content, { mtimeMs }] = await Promise.all([readFile(path, "utf8"), stat(path)]);
    if (content.startsWith(released)) return true;
    const owner = parseOwner(content);
    return (owner !== null && isOwnerDead(owner, self)) || isSilent(path, mtimeMs);
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

/** Returns null for a file whose owner has not written it yet. */
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

/** The process that holds a lock. `machine` differs between machines, boots and containers: a pid is unique only in one. */
interface LockOwner {
  readonly pid: number;
  readonly machine: string;
}

/** Returns this process as the owner of a lock. */
export async function thisLockOwner(): Promise<LockOwner> {
  const facts = [
    readFile("/proc/sys/kernel/random/boot_id", "utf8"),
    readlink("/proc/self/ns/pid"),
    // Missing outside Linux, where the host's name alone must do.
  ].map((fact) => fact.catch(() => ""));
  const machine = [hostname(), ...(await Promise.all(facts))].map((fact) => fact.trim()).join(" ");
  return { pid: process.pid, machine };
}

/** Returns whether the owner is certainly dead, which can only be checked for a process of the same machine. */
function isOwnerDead(owner: LockOwner, self: LockOwner): boolean {
  if (owner.machine !== self.machine) return false;
  try {
    process.kill(owner.pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}
