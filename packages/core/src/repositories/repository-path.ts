/** The reason of a task that ended with a question: in which repository? A path in the thread is the answer. */
export const repositoryUnknown = "repository_unknown";

/** Reads a name at the begin of a text: `acme/site …`, `in acme/site: …`. */
const prefixPattern = /^\s*(?:in\s+)?[`'"*<]*/i;

/**
 * Returns true if the text begins with the path, in any case, as a whole name: `acme/site fix it` and `in acme/site: fix it`
 * begin with `acme/site`, `acme/site-old` does not.
 */
export function startsWithRepositoryPath(text: string, path: string): boolean {
  return restAfterPath(text, path) !== null;
}

/** Returns true if the text is only this path, or only some path if none is given, with nothing but punctuation around it. */
export function isOnlyRepositoryPath(text: string, path?: string): boolean {
  const [word = ""] = text
    .slice(0, 400)
    .replace(prefixPattern, "")
    .split(/[\s`'"*>,]|:(?!\w)/, 1);
  const anyPath = word.replace(/[.!?]+$/, "");
  if (path === undefined && !/^(?:[\w-]+:)?[\w.-]+(?:\/[\w.-]+)+$/.test(anyPath)) return false;
  const rest = restAfterPath(text, path ?? anyPath);
  return rest !== null && !/[\p{L}\p{N}]/u.test(rest);
}

function restAfterPath(text: string, path: string): string | null {
  const name = text.replace(prefixPattern, "");
  if (name.slice(0, path.length).toLowerCase() !== path.toLowerCase()) return null;
  const rest = name.slice(path.length);
  return /^(?:[\w/-]|\.\w)/.test(rest) ? null : rest;
}
