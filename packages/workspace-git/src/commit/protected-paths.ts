/**
 * The paths that an agent's change never touches, in any case: files that start programs with the repository's secrets,
 * choose its reviewers, or instruct agents and developers' tools. Each tool reads its own in every directory above its
 * work, so those are protected at any depth.
 */
export const defaultProtectedPaths: readonly string[] = [
  ".github/workflows",
  ".github/actions",
  ".github/agentbot.yml",
  // The three places in which GitHub looks.
  "CODEOWNERS",
  ".github/CODEOWNERS",
  "docs/CODEOWNERS",
  ".gitmodules",
  "**/CLAUDE.md",
  "**/AGENTS.md",
  "**/.claude",
  "**/.cursor",
  "**/.codex",
  "**/.mcp.json",
  "**/.npmrc",
  "**/.husky",
];

/** Returns true for a path, as bytes in Latin-1. */
export type PathCheck = (path: string) => boolean;

/**
 * Returns a check for paths that match a pattern or lie below such a path. A pattern is a path from the root: `*` stands for
 * any part of a name, a leading `**` for any number of directories, none included.
 */
export function createPathCheck(patterns: readonly string[]): PathCheck {
  const checks = patterns.map((pattern) => {
    const names = pattern.replace(/^\/+|(?:\/+\**)+$/g, "").split("/");
    const isAnywhere = names[0] === "**";
    return { isAnywhere, names: (isAnywhere ? names.slice(1) : names).map(createNameCheck) };
  });
  return (path) => {
    const names = namesOf(path);
    return checks.some(({ isAnywhere, names: wanted }) => {
      const last = isAnywhere ? names.length - wanted.length : 0;
      for (let start = 0; start <= last; start += 1) {
        if (wanted.every((isWanted, index) => isWanted(names[start + index] ?? ""))) return true;
      }
      return false;
    });
  };
}

/** `protected` or its short name on NTFS, such as `CODEOW~1`. */
function createNameCheck(pattern: string): (name: string) => boolean {
  const whole = foldName(pattern);
  const escaped = whole.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replace(/\*+/g, ".*");
  const short = whole.replace(/^\.+/, "").split(/[.*]/)[0]?.slice(0, 6) ?? "";
  const grammar = new RegExp(`^(?:${escaped}${short === "" ? "" : `|${short}~\\d+(?:\\.[^.]{0,3})?`})$`, "s");
  return (name) => grammar.test(name);
}

/** Splits a path, as bytes in Latin-1, into its names, each in the form in which {@link foldName} compares them. */
export function namesOf(path: string): readonly string[] {
  return Buffer.from(path, "latin1").toString("utf8").split(/[/\\]/).map(foldName);
}

/**
 * Returns the form of a name that is the same for all names that some file system takes for one: in any case and
 * composition, with characters that HFS+ ignores, with NTFS's trailing dots and spaces or alternate streams.
 */
function foldName(name: string): string {
  const visible = name.normalize("NFC").replace(/[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, "");
  const stream = visible.indexOf(":");
  const own = stream > 0 ? visible.slice(0, stream) : visible;
  // Upper case first: a long s is another lower-case letter than s, but the same upper-case one.
  return own
    .replace(/[. ]+$/, "")
    .toUpperCase()
    .toLowerCase();
}
