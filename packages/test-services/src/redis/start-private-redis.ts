import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AgentBotError } from "@agentbot/core";
import { howToInstall } from "../find/how-to-install.js";
import { findProgram, type ProgramPlaces } from "../server/find-program.js";
import { onFreePort } from "../server/free-port.js";
import { createPrivateServer, startUntilAborted } from "../server/private-server.js";

/** The program, the port and the settings of a private Redis. */
export interface PrivateRedisOptions extends ProgramPlaces {
  /** @defaultValue a free one */
  readonly port?: number;
  /** An existing directory for its files, which is kept. @defaultValue a new one, removed at the end */
  readonly directory?: string;
  /** Writes every command to disk before it is answered, so a restart keeps the data. @defaultValue false */
  readonly appendOnly?: boolean;
  /** More settings, as in redis.conf: `{ maxmemory: "10mb" }`. @defaultValue none */
  readonly settings?: Readonly<Record<string, string>>;
  /** The server program. @defaultValue `redis-server` or `valkey-server`, looked for in `path` and `directories` */
  readonly program?: string;
  /** Aborting it closes the server. */
  readonly signal?: AbortSignal;
}

/** A Redis for one caller, on the loopback interface only. */
export interface PrivateRedis {
  /** Its URL, the same after every start. */
  readonly url: string;
  /** The port on the loopback interface. */
  readonly port: number;
  /** Its process; 0 while it does not run. */
  readonly processId: number;
  /** Ends it by SIGKILL and waits until it is gone. */
  kill(): Promise<void>;
  /** Ends it by SIGTERM and waits until it is gone. */
  stop(): Promise<void>;
  /** Starts it again on the same port and directory. */
  start(): Promise<void>;
  /** Suspends it (SIGSTOP): connections stay open and get no answer. */
  pause(): Promise<void>;
  /** Continues it (SIGCONT). */
  resume(): Promise<void>;
  /** Ends it and removes its directory, unless that was given. */
  close(): Promise<void>;
}

/**
 * Starts a Redis (or Valkey) that belongs to the caller alone and ends with it, even if the caller is killed.
 *
 * @example
 * const redis = await startPrivateRedis({ appendOnly: true });
 * await redis.kill();
 * await redis.start();
 * await redis.close();
 * @throws AgentBotError `CONFIGURATION_INVALID` if there is no program, with the ways to install it; `PROCESS_FAILED`
 * with Redis' own words if it does not start.
 */
export async function startPrivateRedis(options: PrivateRedisOptions = {}): Promise<PrivateRedis> {
  options.signal?.throwIfAborted();
  const program = options.program ?? (await findRedisProgram(options));
  if (program === null) throw new AgentBotError("CONFIGURATION_INVALID", howToInstall(["Redis"]));
  return await onFreePort(options.port, (port) => startOn(port, program, options));
}

async function startOn(port: number, program: string, options: PrivateRedisOptions): Promise<PrivateRedis> {
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), "agentbot-redis-")));
  const settings: Record<string, string> = {
    port: String(port),
    bind: "127.0.0.1",
    dir: directory,
    save: "",
    appendonly: options.appendOnly ? "yes" : "no",
    appendfsync: "always",
    // The line that reports readiness has this level.
    loglevel: "notice",
    ...options.settings,
  };
  const server = createPrivateServer({
    name: `Redis (${program})`,
    program,
    arguments: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
    directory,
    isDirectoryOurs: options.directory === undefined,
    user: null,
    environment: { LC_ALL: "C" },
    isReady: (_, lines) => lines.some((line) => line.includes("Ready to accept connections")),
    closeSignal: "SIGKILL",
  });
  const close = await startUntilAborted(server, options.signal);
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    get processId() {
      return server.processId();
    },
    kill: () => server.endBy("SIGKILL"),
    stop: () => server.endBy("SIGTERM"),
    start: server.start,
    pause: server.pause,
    resume: server.resume,
    close,
  };
}

/** The absolute path of a Redis server, or of Valkey, its fork; null if there is none. */
export function findRedisProgram(places: ProgramPlaces): Promise<string | null> {
  return findProgram({ names: ["redis-server", "valkey-server"], ...places });
}
