/** The kinds of entries that stay out of a commit, in the words of its description. */
const kinds = {
  symbolicLinks: ["new or changed symbolic link", "new or changed symbolic links"],
  gitDirectories: ["nested git directory", "nested git directories"],
  specialFiles: ["special or unreadable file", "special or unreadable files"],
  submodules: ["change of a submodule", "changes of submodules"],
  unstorable: ["file that git cannot store", "files that git cannot store"],
} as const;

/** A kind of entry that stays out of a commit. */
export type LeftOutKind = keyof typeof kinds;

/** The entries that stay out of a commit, by paths as bytes in Latin-1. */
export type LeftOut = Readonly<Record<LeftOutKind, readonly string[]>>;

/** Maximum number of names of one kind in a description, and of characters of one name. */
const maxNames = 5;
const maxNameCharacters = 100;

/** Returns one line a kind, with its number and first names; null if nothing was left out. */
export function describeLeftOut(leftOut: LeftOut): string | null {
  const lines = Object.entries(kinds).flatMap(([kind, [one, many]]) => {
    const paths = leftOut[kind as LeftOutKind];
    if (paths.length === 0) return [];
    const names = paths.slice(0, maxNames).map(printableName).join(", ");
    const more = paths.length > maxNames ? ", …" : "";
    return [` Left out: ${paths.length} ${paths.length === 1 ? one : many}: ${names}${more}`];
  });
  return lines.length === 0 ? null : lines.join("\n");
}

function printableName(path: string): string {
  const name = Buffer.from(path, "latin1").toString("utf8");
  const characters = [...name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "\u{fffd}")];
  return characters.length > maxNameCharacters
    ? `${characters.slice(0, maxNameCharacters).join("")}…`
    : characters.join("");
}
