import { dirname, join } from "node:path";
import { AgentBotError } from "@agentbot/core";
import { runProcess } from "@agentbot/core/process";

/** The user whose rights a server process has. */
export interface ServerUser {
  readonly userId: number;
  readonly groupId: number;
}

/** A cluster to be made. */
export interface NewCluster {
  /** The directory of `initdb`. */
  readonly programs: string;
  /** The data directory, which must not exist yet; its parent belongs to `user` and holds nothing else. */
  readonly data: string;
  readonly user: ServerUser | null;
  readonly signal: AbortSignal;
}

/** Runs initdb. Small log segments make it twice as fast. */
export async function initializeCluster({ programs, data, user, signal }: NewCluster): Promise<void> {
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
export async function findPostgresUser(signal: AbortSignal): Promise<ServerUser | null> {
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
