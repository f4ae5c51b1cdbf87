import { AgentBotError } from "@agentbot/core";
import { howToInstall } from "../find/how-to-install.js";
import { findProgram } from "../server/find-program.js";

/** Where {@link findRedisProgram} looks. */
export interface ServerProgramSearch {
  readonly path?: string | undefined;
  readonly directories?: readonly string[] | undefined;
}

/** The newest way to have a Redis server on this machine, by absolute path. Null-free: throws how to install it. */
export async function findRedisProgram(search: ServerProgramSearch): Promise<string> {
  const program = await findProgram({ names: ["redis-server", "valkey-server"], ...search });
  if (program === null) throw new AgentBotError("CONFIGURATION_INVALID", howToInstall(["Redis"]));
  return program;
}
