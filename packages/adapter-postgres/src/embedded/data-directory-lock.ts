import { randomBytes, randomUUID } from "node:crypto";
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { AgentBotError, type Clock, type Logger } from "@agentbot/core";
import { systemClock } from "@agentbot/core/adapter";
import { z } from "zod";
import { isAlive, lifeSignSchema, type ShownLifeSign, showLifeSign } from "./life-sign.js";

/** A data directory that no other process has open. */
export interface DataDirectoryLock {
  /** Returns false once a process of another machine has taken the directory over: nothing in it may be touched any more. */
  isHeld(): boolean;
  /** Gives it up; harmless when repeated. */
  release(): void;
}

/** Options of {@link lockDataDirectory}. */
export interface DataDirectoryLockOptions {
  readonly signal?: AbortSignal | undefined;
  /** Receives a line when a heartbeat is awaited. @defaultValue silent */
  readonly logger?: Logger | undefined;
  /** @defaultValue the machine's */
  readonly clock?: Pick<Clock, "monotonicMs" | "sleep">;
}

const claimName = /^lock-[0-9a-f]{16}$/;
const claimSchema = lifeSignSchema.extend({
  owner: z.string(),
  /** True once its maker has found no rival. */
  isHeld: z.boolean(),
  /** Number of the heartbeat. */
  beat: z.int(),
});

/** The content of a claim's file. */
type Claim = z.output<typeof claimSchema>;

/** A claim of a process that lives, or that may live. */
interface Rival {
  /** Null while it is being written. */
  readonly claim: Claim | null;
  /** `near` and `far`: it certainly lives, by its socket or its heartbeat. `silent`: undecided. */
  readonly life: "near" | "far" | "silent";
}

/** This process, whatever number it has in its PID namespace. */
const thisOwner = randomUUID();
const beatMs = 2000;
/** A process of another machine counts as dead after that long without a heartbeat. */
const silenceMs = 15_000;
const pollMs = 500;
const maxTries = 60;

/**
 * Locks a data directory for this process, and takes it over from a process that is gone: at once where the kernel shows
 * that, by its socket, else (another machine, another boot) after 15 seconds without a heartbeat.
 *
 * Each contender first puts down a claim and only then looks for others, so of any two at least one sees the other and
 * steps back: two never hold it. A claim's name is never used again, so removing one whose process is gone is harmless.
 *
 * @throws AgentBotError `DATA_DIRECTORY_LOCKED` naming the process that has it open, and `STORE_UNAVAILABLE` if nothing can be
 * written there, e.g. to a full disk
 */
export async function lockDataDirectory(
  directory: string,
  { signal, logger, clock = systemClock }: DataDirectoryLockOptions = {},
): Promise<DataDirectoryLock> {
  const self = await shownIn(directory);
  const rivals = createRivals(directory, clock);
  let isWaiting = false;
  let path = "";
  try {
    for (let tries = 1; ; ) {
      signal?.throwIfAborted();
      path = join(directory, `lock-${randomBytes(8).toString("hex")}`);
      writeFileSync(path, contentOf(self, { isHeld: false, beat: 0 }), { flag: "wx", mode: 0o600 });
      const found = await rivals.find(path);
      const living = found.filter(({ life }) => life !== "silent");
      const holder = living.find(({ claim }) => claim?.isHeld) ?? (tries < maxTries ? undefined : living[0]);
      if (holder) throw lockedBy(directory, holder);
      if (found.length === 0) return hold(path, self);
      rmSync(path, { force: true });
      if (living.length > 0) tries += 1;
      else if (!isWaiting) {
        isWaiting = true;
        const facts = { directory, process: found[0]?.claim?.pid, host: found[0]?.claim?.host, silenceMs };
        logger?.info(facts, "The data directory was not closed by the machine that used it: awaiting its heartbeat");
      }
      await clock.sleep(living.length > 0 ? 5 + Math.random() * 45 : pollMs, signal);
    }
  } catch (error) {
    rmSync(path, { force: true });
    self.end();
    throw unwritable(directory, error);
  }
}

async function shownIn(directory: string): Promise<ShownLifeSign> {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    return await showLifeSign(directory);
  } catch (error) {
    throw unwritable(directory, error);
  }
}

/** The system's error for a directory in which nothing can be written, with the directory; any other error as it is. */
function unwritable(directory: string, error: unknown): unknown {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (AgentBotError.isInstance(error) || !/^E[A-Z]+$/.test(code)) return error;
  const fix =
    code === "ENOSPC" || code === "EDQUOT" ? "Free some space" : "Make it a directory that this user can write";
  const message = `The data directory ${directory} cannot be written (${code}). ${fix}, then start again.`;
  return new AgentBotError("STORE_UNAVAILABLE", message, { cause: error });
}

function contentOf({ end: _, ...sign }: ShownLifeSign, state: Pick<Claim, "isHeld" | "beat">): string {
  // Of one length: it is written over the content before it.
  return JSON.stringify({ ...sign, owner: thisOwner, ...state } satisfies Claim).padEnd(1024);
}

/** Keeps a claim, and renews it for machines that cannot reach the socket. */
function hold(path: string, self: ShownLifeSign): DataDirectoryLock {
  let beat = 0;
  // A claim that another machine has removed is not made again.
  const renew = (): void => writeFileSync(path, contentOf(self, { isHeld: true, beat }), { flag: "r+" });
  renew();
  const timer = setInterval(() => {
    beat += 1;
    try {
      renew();
    } catch {
      // A full disk: the socket shows this process all the same, and `isHeld` whether the claim is still there.
    }
  }, beatMs).unref();
  return {
    isHeld() {
      try {
        // Opened, since a network file system answers a mere look from its cache.
        closeSync(openSync(path, "r"));
        return true;
      } catch (error) {
        const code = error instanceof Error && "code" in error ? error.code : null;
        return code !== "ENOENT" && code !== "ESTALE";
      }
    },
    release() {
      clearInterval(timer);
      rmSync(path, { force: true });
      self.end();
    },
  };
}

/** The other claims of a directory, watched over the tries of one contender. Those of dead processes are removed. */
function createRivals(directory: string, clock: Pick<Clock, "monotonicMs">) {
  /** The last content of each claim, since when it has been that on this machine's clock, and whether it has changed. */
  const seen = new Map<string, { readonly content: string; readonly sinceMs: number; readonly hasBeat: boolean }>();

  const lifeOf = async (name: string, content: string, claim: Claim | null): Promise<Rival["life"] | "dead"> => {
    const isNear = claim && (await isAlive(directory, claim));
    if (isNear !== null) return isNear ? "near" : "dead";
    const nowMs = clock.monotonicMs();
    const before = seen.get(name);
    if (before?.content !== content) seen.set(name, { content, sinceMs: nowMs, hasBeat: before !== undefined });
    const { sinceMs, hasBeat } = seen.get(name) ?? { sinceMs: nowMs, hasBeat: false };
    if (nowMs - sinceMs >= silenceMs) return "dead";
    return hasBeat ? "far" : "silent";
  };
  const judge = async (name: string): Promise<readonly Rival[]> => {
    const path = join(directory, name);
    const content = readIfThere(path);
    if (content === null) return [];
    const claim = parseClaim(content);
    const life = await lifeOf(name, content, claim);
    if (life !== "dead") return [{ claim, life }];
    rmSync(path, { force: true });
    if (claim?.socket) rmSync(join(directory, claim.socket), { force: true });
    return [];
  };
  return {
    async find(ownPath: string): Promise<readonly Rival[]> {
      const names = readdirSync(directory).filter((name) => claimName.test(name) && !ownPath.endsWith(name));
      return (await Promise.all(names.map(judge))).flat();
    },
  };
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

function parseClaim(content: string): Claim | null {
  try {
    return claimSchema.parse(JSON.parse(content));
  } catch {
    return null;
  }
}

function lockedBy(directory: string, { claim, life }: Rival): AgentBotError {
  const { pid, host, owner } = claim ?? { pid: null, host: "", owner: "" };
  const name = owner === thisOwner ? `This process (${pid})` : `Process ${pid ?? "(unknown)"}`;
  const where = host === hostname() ? "" : ` of ${host || "another machine"}`;
  const later = ` If it was killed there, start this one ${silenceMs / 1000} seconds later.`;
  return new AgentBotError(
    "DATA_DIRECTORY_LOCKED",
    `${name}${where} has the data directory ${directory} open, and embedded PostgreSQL allows one. Stop it, or choose another directory.${life === "far" ? later : ""}`,
    { details: { directory, pid, host } },
  );
}
