import { type Profiler, Session } from "node:inspector";
import { setFlagsFromString } from "node:v8";

/** Creates a regular expression whose search ends with null after `maxBacktracks`: a function of V8's own tests. */
type CreateLimited = (source: string, flags: string, maxBacktracks: number) => RegExp;

setFlagsFromString("--allow-natives-syntax");
const createLimited = new Function(
  "source",
  "flags",
  "maxBacktracks",
  "return %NewRegExpWithBacktrackLimit(source, flags, maxBacktracks)",
) as CreateLimited;

/** An atom of one character, the beginning of a group, or another sign of a pattern. */
const tokenPattern =
  /(\\(?:[pP]\{[^}]*\}|u\{[^}]*\}|u[\da-f]{4}|x[\da-f]{2}|[\s\S])|\[(?:\\[\s\S]|[^\]\\])*\]|[^()*+?{}|\\])|(\((?:\?:|\?<[A-Za-z]\w*>|(?!\?)))|[\s\S]/giu;

/** The same pattern without the loops that V8 runs back without counting: those over single characters. */
function withoutFastLoops(source: string): string {
  return source.replace(tokenPattern, (token, atom: string | undefined, group: string | undefined, offset: number) => {
    if (group !== undefined) return `${group}(?=)`;
    const isRepeated = /[*+{]/.test(source.charAt(offset + token.length));
    return atom !== undefined && isRepeated ? `(?:(?=)${atom})` : token;
  });
}

/** A cheaper match costs as much as this. */
const minimumBacktracks = 32;
const { exec } = RegExp.prototype;
const limited = new Map<string, RegExp>();

/** The same search, which always matches something in the end: null means that it has given up. */
function searchWithin(pattern: RegExp, text: string, maxBacktracks: number): boolean {
  const key = `${maxBacktracks} ${pattern}`;
  const isTriedOnce = pattern.sticky || (pattern.source.startsWith("^") && !pattern.multiline);
  const create = () =>
    createLimited(
      `(?:${withoutFastLoops(pattern.source)})|${isTriedOnce ? "" : "$(?![^])"}`,
      pattern.flags,
      maxBacktracks,
    );
  const search = limited.get(key) ?? create();
  limited.set(key, search);
  search.lastIndex = pattern.global || pattern.sticky ? pattern.lastIndex : 0;
  return exec.call(search, text) !== null;
}

/** The backtracks of a search, to an eighth. */
function backtracksOf(pattern: RegExp, text: string): number {
  let limit = minimumBacktracks;
  while (!searchWithin(pattern, text, limit)) limit *= 2;
  if (limit === minimumBacktracks) return limit;
  const step = limit / 16;
  let least = limit / 2 + step;
  while (least < limit && !searchWithin(pattern, text, least)) least += step;
  return least;
}

/** Characters that string methods of the platform read, as far as their cost depends on the text. */
const stringCosts: Readonly<Record<string, (text: string, parameters: readonly unknown[], result: unknown) => number>> =
  {
    indexOf: (text, [, from], result) => (result === -1 ? text.length : Number(result)) - Number(from ?? 0),
    includes: (text) => text.length,
    replaceAll: (text) => text.length,
    split: (text) => text.length,
    toLowerCase: (text) => text.length,
    trim: (text, _, result) => text.length - String(result).length,
    trimEnd: (text, _, result) => text.length - String(result).length,
  };

/** Counts what the platform does for the code: backtracks, matched characters, characters read by string methods. */
function countPlatform(work: () => unknown): number {
  let count = 0;
  let isCounting = true;
  const originals = Object.keys(stringCosts).map((name) => [name, Reflect.get(String.prototype, name)] as const);
  RegExp.prototype.exec = function (text) {
    if (!isCounting) return exec.call(this, text);
    isCounting = false;
    const backtracks = backtracksOf(this, String(text));
    const match = exec.call(this, text);
    count += backtracks + (match?.[0].length ?? 0);
    isCounting = true;
    return match;
  };
  for (const [name, original] of originals) {
    const costOf = stringCosts[name];
    Reflect.set(String.prototype, name, function (this: string, ...parameters: unknown[]) {
      const result: unknown = original.apply(this, parameters);
      if (isCounting) count += 1 + (costOf?.(String(this), parameters, result) ?? 0);
      return result;
    });
  }
  try {
    work();
    return count;
  } finally {
    RegExp.prototype.exec = exec;
    for (const [name, original] of originals) Reflect.set(String.prototype, name, original);
  }
}

const session = new Session();
session.connect();
session.post("Profiler.enable");
session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });

/** The executed blocks of our own code since the last call: V8's block coverage. */
function takeBlocks(): number {
  let coverage: Profiler.ScriptCoverage[] = [];
  session.post("Profiler.takePreciseCoverage", (error, { result }) => {
    if (error) throw error;
    coverage = result;
  });
  return coverage
    .filter(({ url }) => /\/core\/src\/(?:text|markdown)\//.test(url))
    .flatMap(({ functions }) => functions.flatMap(({ ranges }) => ranges.map(({ count }) => count)))
    .reduce((sum, blocks) => sum + blocks, 0);
}

/** The steps of several works: what the platform does for each, and the blocks of our own code for all together. */
export function countEach(works: readonly (() => unknown)[]): { readonly platform: number[]; readonly blocks: number } {
  takeBlocks();
  const platform = works.map(countPlatform);
  return { platform, blocks: takeBlocks() };
}

/** Counts the steps of some synchronous work. The count depends on the work alone, never on the machine. */
export function countWork(work: () => unknown): number {
  takeBlocks();
  return countPlatform(work) + takeBlocks();
}
