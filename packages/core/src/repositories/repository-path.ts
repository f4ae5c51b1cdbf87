import type { RepositoryRef } from "../task/repository-ref.js";

/** Reads a name at the begin of a text: `acme/site …`, `in acme/site: …`. */
const prefixPattern = /^\s*(?:in\s+)?[`'"*<]*/i;

/** A character that continues a name: `acme/site` is not the begin of `acme/site-old`, nor of `acme/sité`. */
const continuationPattern = /^(?:[\p{L}\p{M}\p{N}_/-]|\.[\p{L}\p{N}_])/u;
/** Letters of languages without spaces between words; a path of other letters ends where they begin. */
const unspacedPattern = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/u;
const asciiPattern = /^[\x21-\x7e]*$/;

/** A path of any code host, with the provider before it or not. */
const pathPattern = /^(?:[\w-]+:)?~?[\p{L}\p{M}\p{N}_.-]+(?:\/[\p{L}\p{M}\p{N}_.-]+)+$/u;

/** Names of a repository by which it can be chosen, the one that people are shown first. */
export function repositoryNames({
  provider,
  path,
}: Pick<RepositoryRef, "provider" | "path">): readonly [string, string] {
  return [path, `${provider}:${path}`];
}

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
    .split(/[\s`'"*>,]|:(?![\p{L}\p{N}_])/u, 1);
  const anyPath = word.replace(/[.!?]+$/, "");
  if (path === undefined && (!pathPattern.test(anyPath) || unspacedPattern.test(anyPath))) return false;
  const rest = restAfterPath(text, path ?? anyPath);
  return rest !== null && !/[\p{L}\p{N}]/u.test(rest);
}

function restAfterPath(text: string, path: string): string | null {
  const name = text.replace(prefixPattern, "");
  if (name.slice(0, path.length).toLowerCase() !== path.toLowerCase()) return null;
  const rest = name.slice(path.length);
  const [next = ""] = rest;
  const isEnd = !continuationPattern.test(rest) || (asciiPattern.test(path) && unspacedPattern.test(next));
  return isEnd ? rest : null;
}
