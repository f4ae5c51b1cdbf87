// Code points HFS+ ignores when it compares names (git's utf8.c, next_hfs_char).
const ignoredByHfs = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;

/**
 * Would some file system take this name for `.git`? Any case, HFS+'s ignored code points, and NTFS's short name,
 * trailing dots and spaces, and alternate streams.
 */
export function isGitDirectoryName(name: string): boolean {
  return /^(\.git|git~\d+)[. ]*(:.*)?$/is.test(name.replace(ignoredByHfs, ""));
}

/** Does any part of the path name a git directory? Backslashes separate too, as they do on Windows. */
export function isInsideGitDirectory(path: string): boolean {
  return path.split(/[/\\]/).some(isGitDirectoryName);
}
