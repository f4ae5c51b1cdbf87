import { access } from "node:fs/promises";
import { dirname, join } from "node:path";
import { AgentBotError } from "@agentbot/core";
import { howToInstall } from "../find/how-to-install.js";
import type { ServerProgramSearch } from "../redis/find-redis-program.js";
import { findProgram } from "../server/find-program.js";

/** Where packages put the programs of the server, one directory a version. */
const versions = [
  { parent: "/usr/lib/postgresql", name: /^\d+$/, rest: "bin" },
  { parent: "/usr", name: /^pgsql-\d+$/, rest: "bin" },
  { parent: "/opt/homebrew/opt", name: /^postgresql(@\d+)?$/, rest: "bin" },
  { parent: "/usr/local/opt", name: /^postgresql(@\d+)?$/, rest: "bin" },
  { parent: "/home/linuxbrew/.linuxbrew/opt", name: /^postgresql(@\d+)?$/, rest: "bin" },
  { parent: "/Applications/Postgres.app/Contents/Versions", name: /^\d+$/, rest: "bin" },
  { parent: "/usr/libexec", name: /^postgresql\d*$/, rest: "" },
];

/** The directory that holds `initdb` and `postgres`. */
export async function findPostgresDirectory(search: ServerProgramSearch): Promise<string> {
  const initdb = await findProgram({ names: ["initdb"], versions, ...search });
  const directory = initdb === null ? null : dirname(initdb);
  const isWhole =
    directory !== null &&
    (await access(join(directory, "postgres")).then(
      () => true,
      () => false,
    ));
  if (directory === null || !isWhole) {
    throw new AgentBotError("CONFIGURATION_INVALID", howToInstall(["PostgreSQL"]));
  }
  return directory;
}
