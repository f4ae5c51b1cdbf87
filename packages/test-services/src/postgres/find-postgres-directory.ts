import { access } from "node:fs/promises";
import { dirname, join } from "node:path";
import { findProgram, type ProgramPlaces } from "../server/find-program.js";

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

/** The directory that holds `initdb` and `postgres`; null if there is none. */
export async function findPostgresDirectory(places: ProgramPlaces): Promise<string | null> {
  const initdb = await findProgram({ names: ["initdb"], versions, ...places });
  if (initdb === null) return null;
  const directory = dirname(initdb);
  return access(join(directory, "postgres")).then(
    () => directory,
    () => null,
  );
}
