import { randomBytes } from "node:crypto";
import { chown, mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { AgentBotError } from "@agentbot/core";
import { runProcess } from "@agentbot/core/process";
import { howToInstall } from "../find/how-to-install.js";
import type { ProgramPlaces } from "../server/find-program.js";
import { onFreePort } from "../server/free-port.js";
import { createPrivateServer, startUntilAborted } from "../server/private-server.js";
import { findPostgresDirectory } from "./find-postgres-directory.js";
import { runStatement } from "./run-statement.js";

/** The program, the port and the settings of a private PostgreSQL. */
export interface PrivatePostgresOptions extends ProgramPlaces {
  /** @defaultValue a free one */
  readonly port?: number;
  /** Waits for the disk at each commit, as production does. @defaultValue false: fsync is off, and tests are faster */
  readonly durable?: boolean;
  /** More settings, as in postgresql.conf: `{ log_statement: "all" }`. @defaultValue none */
  readonly settings?: Readonly<Record<string, string>>;
  /** The directory of `initdb` and `postgres`. @defaultValue looked for in `path` and `directories` */
  readonly programDirectory?: string;
  /** Aborting it closes the server. */
  readonly signal?: AbortSignal;
}

/** A PostgreSQL for one caller, on the loopback interface only, without a password. */
export interface PrivatePostgres {
  /** The database `postgres` of its superuser; the same after every start. */
  readonly url: string;
  /** The port on the loopback interface. */
  readonly port: number;
  /** Its first process; 0 while it does not run. */
  readonly processId: number;
  /** Creates an empty database and returns its URL. */
  createDatabase(): Promise<string>;
  /**
   * Ends it and waits until it is gone: `fast` closes the connections and writes a checkpoint, `immediate` drops
   * everything as a crash would, so that the next start recovers from the log.
   */
  stop(mode: "fast" | "immediate"): Promise<void>;
  /** Starts it again on the same port and data. */
  start(): Promise<void>;
  /** Suspends all its processes (SIGSTOP): connections stay open and get no answer. */
  pause(): Promise<void>;
  /** Continues them (SIGCONT). */
  resume(): Promise<void>;
  /** Ends it and removes its data. */
  close(): Promise<void>;
}

/**
 * Makes a PostgreSQL cluster in a temporary directory and starts it. It belongs to the caller alone and ends with it,
 * even if the caller is killed. For root it runs as the user `postgres`.
 *
 * @example
 * const postgres = await startPrivatePostgres();
 * const pool = new Pool({ connectionString: await postgres.createDatabase() });
 * await postgres.stop("immediate");
 * await postgres.start();
 * await postgres.close();
 * @throws AgentBotError `CONFIGURATION_INVALID` if there is no program, with the ways to install it; `PROCESS_FAILED`
 * with PostgreSQL's own words if it does not start.
 */
export async function startPrivatePostgres(options: PrivatePostgresOptions = {}): Promise<PrivatePostgres> {
  const signal = options.signal ?? new AbortController().signal;
  signal.throwIfAborted();
  const programs = options.programDirectory ?? (await findPostgresDirectory(options));
  if (programs === null) throw new AgentBotError("CONFIGURATION_INVALID", howToInstall(["PostgreSQL"]));
  return await onFreePort(options.port, (port) => startOn(port, programs, options, signal));
}

async function startOn(
  port: number,
  programs: string,
  options: PrivatePostgresOptions,
  signal: AbortSignal,
): Promise<PrivatePostgres> {
  const user = await findPostgresUser(signal);
  const directory = await mkdtemp(join(tmpdir(), "agentbot-postgres-"));
  const data = join(directory, "data");
  const settings: Record<string, string> = {
    listen_addresses: "127.0.0.1",
    port: String(port),
    unix_socket_directories: "",
    max_connections: "200",
    // Commits still reach the system's cache, so that only a crash of the machine would lose them.
    ...(options.durable ? {} : { fsync: "off", full_page_writes: "off" }),
    ...options.settings,
  };
  const server = createPrivateServer({
    name: `PostgreSQL (${programs})`,
    program: join(programs, "postgres"),
    arguments: ["-D", data, ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])],
    directory,
    isDirectoryOurs: true,
    user,
    environment: { LC_ALL: "C" },
    isReady: async (processId) => isReady(data, processId),
    // After SIGKILL its children would still be leaving.
    closeSignal: "SIGQUIT",
  });
  const url = (database: string): string => `postgres://postgres@127.0.0.1:${port}/${database}`;
  const close = await startUntilAborted(server, signal, async () => {
    if (user) await chown(directory, user.userId, user.groupId);
    await initializeCluster({ programs, data, user, signal });
  });
  return {
    url: url("postgres"),
    port,
    get processId() {
      return server.processId();
    },
    async createDatabase() {
      const name = `test_${randomBytes(8).toString("hex")}`;
      await runStatement(url("postgres"), `CREATE DATABASE ${name}`).catch((cause: unknown) => {
        throw new AgentBotError("STORE_UNAVAILABLE", `CREATE DATABASE on port ${port} fails: ${cause}`, { cause });
      });
      return url(name);
    },
    stop: (mode) => server.endBy(mode === "fast" ? "SIGINT" : "SIGQUIT"),
    start: server.start,
    pause: server.pause,
    resume: server.resume,
    close,
  };
}

// The eighth line of the lock file is `ready` once connections are accepted (from PostgreSQL 10; pg_ctl waits for it too).
async function isReady(data: string, processId: number): Promise<boolean> {
  const lines = (await readFile(join(data, "postmaster.pid"), "utf8").catch(() => "")).split("\n");
  return lines[0] === String(processId) && lines[7]?.trim() === "ready";
}

/** The user whose rights a server process has. */
interface ServerUser {
  readonly userId: number;
  readonly groupId: number;
}

/** A cluster to be made. */
interface NewCluster {
  /** The directory of `initdb`. */
  readonly programs: string;
  /** The data directory, which must not exist yet; its parent belongs to `user` and holds nothing else. */
  readonly data: string;
  readonly user: ServerUser | null;
  readonly signal: AbortSignal;
}

/** Runs initdb. Small log segments make it twice as fast. */
async function initializeCluster({ programs, data, user, signal }: NewCluster): Promise<void> {
  const lines: string[] = [];
  const result = await runProcess({
    program: join(programs, "initdb"),
    arguments: [
      ...["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8"],
      ...["--no-locale", "--no-sync", "--wal-segsize=1"],
    ],
    directory: "/",
    environment: { LC_ALL: "C" },
    user,
    signal,
    endsWithParent: { removeDirectories: [dirname(data)] },
    onLine: (line) => {
      if (lines.push(line) > 20) lines.shift();
    },
  });
  if (result.end === "exited" && result.exitCode === 0) return;
  signal.throwIfAborted();
  const reason = result.startError?.message ?? `it exited with ${result.exitCode ?? result.signal}`;
  throw new AgentBotError("PROCESS_FAILED", [`initdb fails: ${reason}`, ...lines, result.stderrTail].join("\n").trim());
}

/** The user that PostgreSQL runs as; null: ours. It refuses root, which takes the rights of `postgres` or else of `nobody`. */
async function findPostgresUser(signal: AbortSignal): Promise<ServerUser | null> {
  if (process.getuid?.() !== 0) return null;
  for (const name of ["postgres", "nobody"]) {
    const [userId, groupId] = [await readId("-u", name, signal), await readId("-g", name, signal)];
    if (userId !== null && groupId !== null) return { userId, groupId };
  }
  throw new AgentBotError("CONFIGURATION_INVALID", "PostgreSQL refuses to run as root: add a user named postgres");
}

async function readId(option: string, name: string, signal: AbortSignal): Promise<number | null> {
  const lines: string[] = [];
  const { exitCode } = await runProcess({
    program: "/usr/bin/id",
    arguments: [option, name],
    directory: "/",
    environment: {},
    signal,
    onLine: (line) => {
      lines.push(line);
    },
  });
  signal.throwIfAborted();
  return exitCode === 0 && /^\d+$/.test(lines[0] ?? "") ? Number(lines[0]) : null;
}
