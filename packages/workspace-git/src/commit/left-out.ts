import { AgentBotError } from "@agentbot/core";
import { shortenText } from "@agentbot/core/adapter";

/** The kinds of entries that stay out of a commit, in the words of its description. */
const kinds = {
  symbolicLinks: ["new or changed symbolic link", "new or changed symbolic links"],
  gitDirectories: ["nested git directory", "nested git directories"],
  specialFiles: ["special or unreadable file", "special or unreadable files"],
  submodules: ["change of a submodule", "changes of submodules"],
  protectedFiles: ["protected file, which only people change", "protected files, which only people change"],
  largeFiles: ["file that is too large", "files that are too large"],
  unstorable: ["file that git cannot store", "files that git cannot store"],
  encrypted: ["file that the repository encrypts", "files that the repository encrypts"],
  lfsElsewhere: ["file of another Git LFS server", "files of another Git LFS server"],
  lfsRefused: ["file that the host's Git LFS does not take", "files that the host's Git LFS does not take"],
  lfsMissing: ["Git LFS pointer to nothing", "Git LFS pointers to nothing"],
} as const;

/** A kind of entry that stays out of a commit. */
export type LeftOutKind = keyof typeof kinds;

/** The entries that stay out of a commit, by paths as bytes in Latin-1. */
export type LeftOut = { readonly [Kind in LeftOutKind]?: readonly string[] };

/** Maximum number of names of one kind in a description, and of characters of one name. */
const maxNames = 5;
const maxNameCharacters = 100;

/**
 * Returns one line a kind, with its number and first names; null if nothing was left out. `lfsAnswer` has the words with
 * which the host refused large files.
 */
export function describeLeftOut(parts: readonly LeftOut[], lfsAnswer: string | null = null): string | null {
  const lines = Object.entries(kinds).flatMap(([kind, [one, many]]) => {
    const paths = [...new Set(parts.flatMap((part) => part[kind as LeftOutKind] ?? []))];
    if (paths.length === 0) return [];
    const why = kind === "lfsRefused" && lfsAnswer !== null ? ` (${lfsAnswer})` : "";
    return [` Left out: ${paths.length} ${paths.length === 1 ? one : many}: ${namesOf(paths)}${why}`];
  });
  return lines.length === 0 ? null : lines.join("\n");
}

/** Returns a line about the files that a change makes executable, which a list of edits does not show; null if none. */
export function describeExecutable(paths: readonly string[]): string | null {
  return paths.length === 0 ? null : ` Newly executable: ${namesOf(paths)}`;
}

function namesOf(paths: readonly string[]): string {
  const names = paths.slice(0, maxNames).map(printableName).join(", ");
  return `${names}${paths.length > maxNames ? ", …" : ""}`;
}

function printableName(path: string): string {
  const name = Buffer.from(path, "latin1").toString("utf8");
  return shortenText(name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "\u{fffd}"), maxNameCharacters);
}

/** Maximum size of a change, checked before its files are read. */
export interface ChangeLimits {
  readonly maxFiles: number;
  readonly maxBytes: number;
}

/** An error for a change past a limit. */
export function tooLarge(what: string): AgentBotError {
  return new AgentBotError("CHANGE_TOO_LARGE", `The agent's change is too large: ${what}; ask for a smaller one`);
}
