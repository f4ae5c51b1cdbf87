import { AgentBotError } from "@agentbot/core";
import { runProcess } from "@agentbot/core/process";

/** Whose rights a server process has. */
export interface ServerUser {
  readonly userId: number;
  readonly groupId: number;
}

/** Who PostgreSQL runs as: it refuses root, who is given the rights of `postgres` or, without one, of `nobody`. */
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
