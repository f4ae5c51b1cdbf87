import { access, constants, readdir } from "node:fs/promises";
import { delimiter, join } from "node:path";

/** The directories in which packages of Homebrew, Debian, Fedora and builds from source put programs. */
const usualDirectories = [
  "/usr/local/bin",
  "/usr/bin",
  "/usr/sbin",
  "/bin",
  "/opt/homebrew/bin",
  "/home/linuxbrew/.linuxbrew/bin",
  "/opt/local/bin",
  "/snap/bin",
];

/** Directories with one directory a version in them, as `parent` / a name that matches / `rest`. */
export interface VersionedDirectories {
  readonly parent: string;
  readonly name: RegExp;
  readonly rest: string;
}

/** The directories that are searched for programs. */
export interface ProgramPlaces {
  /** A `PATH`, which is searched first. @defaultValue none */
  readonly path?: string | undefined;
  /** Further directories. @defaultValue those in which Debian, Fedora, Homebrew and others put programs */
  readonly directories?: readonly string[] | undefined;
}

/** The names of a program and the directories to search. */
export interface ProgramSearch extends ProgramPlaces {
  /** The names it may have, the preferred one first. */
  readonly names: readonly string[];
  /** Directories with one version each, searched from the newest version. */
  readonly versions?: readonly VersionedDirectories[];
}

/** The absolute path of an executable program, or null. */
export async function findProgram({
  names,
  path = "",
  versions = [],
  directories,
}: ProgramSearch): Promise<string | null> {
  const places = [
    ...path.split(delimiter).filter((place) => place.startsWith("/")),
    ...(directories ?? [...(await Promise.all(versions.map(versionDirectories))).flat(), ...usualDirectories]),
  ];
  for (const name of names) {
    for (const place of places) {
      const candidate = join(place, name);
      if (await isExecutable(candidate)) return candidate;
    }
  }
  return null;
}

async function versionDirectories({ parent, name, rest }: VersionedDirectories): Promise<readonly string[]> {
  const found = await readdir(parent).catch(() => []);
  return found
    .filter((entry) => name.test(entry))
    .sort((a, b) => b.localeCompare(a, "en", { numeric: true }))
    .map((entry) => join(parent, entry, rest));
}

function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
