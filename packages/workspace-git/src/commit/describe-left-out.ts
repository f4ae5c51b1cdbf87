import type { LeftOut } from "./scan-changes.js";

/** A line that says what a commit does not hold, or nothing where it holds everything. */
export function describeLeftOut({ symbolicLinks, gitDirectories, specialFiles }: LeftOut): string {
  const parts = [
    countOf(symbolicLinks, "new or changed symbolic link"),
    countOf(gitDirectories, "nested git directory", "nested git directories"),
    countOf(specialFiles, "special or unreadable file"),
  ].filter((part) => part !== "");
  return parts.length === 0 ? "" : `\n Left out: ${parts.join(", ")}`;
}

function countOf(count: number, one: string, many = `${one}s`): string {
  return count === 0 ? "" : `${count} ${count === 1 ? one : many}`;
}
