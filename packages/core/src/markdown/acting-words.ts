import { cutText, shortenText } from "../text/cap-text.js";
import { sanitizeText } from "../text/sanitize-text.js";

/** Splits a word for every program that acts on it, and for no reader. */
export const zeroWidthSpace = "\u200b";

/** Words after which code hosts close an issue, or open it again; each without its first letter. */
const closingWord = "los(?:e[sd]?|ing)|ix(?:e[sd]|ing)?|esolv(?:e[sd]?|ing)|eopen(?:s|ed|ing)?|mplement(?:s|ed|ing)?";
/** White space over line ends, a colon, and the marks of emphasis, code, links and quotes. */
const mark = "[\\s\\u2800:*_~`\\[(<\"'\\\\]";
/** The characters between such a word and its issue, with the names of characters as HTML has them. */
const gap = `(?=[^A-Za-z0-9./-])${mark}*(?:&[A-Za-z]{2,20};${mark}*){0,8}(?:[Ii]ssues?${mark}+)?`;

/** Matches the first letter of a closing word before a reference. */
function closingPattern(reference: string, flags: string): RegExp {
  return new RegExp(`(?<![A-Za-z0-9])[CFRIcfri](?=(?:${closingWord})${gap}(?:${reference}))`, flags);
}

/** `#12`, `!12`, `GH-12`, `owner/repo#12`, and the addresses of issues; the sign may be written as its number in HTML. */
const issuePattern = closingPattern("(?:[\\w.~/-]{1,200})?(?:[#!]\\d|&(?:#|num))|GH-\\d|https?://", "giu");
/** The keys of issue trackers, such as `ABC-12`, are in upper case: `fix utf-8` closes nothing. */
const issueKey = "[A-Z][A-Z0-9_]{1,30}-\\d";
const issueKeyPattern = closingPattern(issueKey, "gu");
const hasIssueKey = new RegExp(`(?<![A-Za-z0-9])${issueKey}`, "u");

/** The white space and the marks of lists, quotes and emphasis before the first word of a line, or of a cell of a table. */
const lineStart = "(?:^|(?<=\\|))(?:[^\\S\\n]|[>*+#_~`\\\\!()[\\]{}<\\u0022':=-]|[xX]\\]|\\d{1,9}[.)])*";

/** Words on which hosts and their bots act wherever they stand, code included: a bot reads the text, not the page. */
const actingPatterns: readonly RegExp[] = [
  issuePattern,
  issueKeyPattern,
  // `[skip ci]` and its kin: a host runs no checks for a commit whose message has it.
  /\[(?=[ \t]{0,3}(?:skip[ \t_-]{1,3}[\w-]{1,20}|no[ \t_-]{1,3}(?:ci|actions)|[\w-]{1,20}[ \t_-]{1,3}skip)[ \t]{0,3}\])/gi,
  /(?<![A-Za-z0-9])NO(?=_CI(?![A-Za-z0-9]))/gi,
  // The trailers of a commit name its authors, its reviewers and what checks are left out.
  new RegExp(
    `${lineStart}(?:[A-Za-z][A-Za-z-]{0,40}-by|skip-checks|request-checks|change-id|cc)(?=[*_ \\t]{0,8}:)`,
    "gim",
  ),
  // A line such as `/merge`, but no path.
  new RegExp(`${lineStart}\\/(?=[A-Za-z][\\w-]{0,40}(?![\\w./-]))`, "gm"),
  // Bots that take commands without a sign.
  new RegExp(`${lineStart}[bor](?=ors\\s|k to test|etest this|echeck)`, "gim"),
  // The mark by which a status comment is found again.
  /<!(?=--\s{0,32}agentbot:)/gi,
];

/**
 * Puts a zero-width space into the words on which a code host or a bot of one acts, in a text of any markup: closing words
 * before an issue, the marks that skip checks, the trailers of a commit, commands at the start of a line. Expects a text
 * without invisible characters. Linear time.
 */
export function neutralizeActingWords(text: string): string {
  return actingPatterns.reduce((result, pattern) => result.replace(pattern, `$&${zeroWidthSpace}`), text);
}

/** A line that begins with a bot's name, or is a name and a few words: a decorator or an annotation has other signs. */
const botCommandPattern =
  /^[^\S\n]*@(?=(?:dependabot|renovate(?:bot)?|bors|mergify(?:io)?|rustbot|homu)(?![\w/.(])|[\w-]{1,60}(?:\[bot\])?(?:[ \t]+[\w+=/-]{1,60}){1,5}[ \t]*$)/gim;

/** {@link neutralizeActingWords} for the lines of a code block, in which only a bot that reads the text sees mentions. */
export function neutralizeCode(text: string): string {
  return neutralizeActingWords(text).replace(botCommandPattern, `$&${zeroWidthSpace}`);
}

/** `@octocat`, `#12`, `!12`, `GH-12`, the number in the address of an issue, and others that act in a line. */
const referencePatterns: readonly RegExp[] = [
  /(?<![A-Za-z0-9])@(?=\w)/g,
  /[#!](?=\d)/g,
  /(?<![A-Za-z0-9])GH-(?=\d)/gi,
  // The subject of a commit may be folded, and its trailers begin a line then.
  /(?<![A-Za-z-])(?:[A-Za-z][A-Za-z-]{0,40}-by|skip-checks|request-checks)(?=[ \t]{0,8}:)/gi,
  /\/(?:issues|pulls?|discussions|merge_requests|work_items)\/(?=\d)/gi,
  /^\/(?=[a-z])/gi,
];

/** The number of source characters that are read for each one of the result: the others may be invisible. */
const readAhead = 8;

/** Options of {@link toInertLine}. */
export interface InertLineOptions {
  /** Maximum length in UTF-16 units; a longer text ends in `…`. @defaultValue none */
  readonly maxLength?: number;
  /** False for a line that a host shows with its web addresses as links: they are split. @defaultValue true */
  readonly hasAddresses?: boolean;
}

/**
 * Makes a text of other people fit to be a line of plain text, such as the subject of a commit, the title of a pull request
 * or a headline: it notifies no account, closes or names no issue, skips no checks, names no author and commands no bot. It is not
 * escaped for any markup. Linear time, idempotent.
 */
export function toInertLine(text: string, options: InertLineOptions = {}): string {
  const { maxLength = Number.POSITIVE_INFINITY, hasAddresses = true } = options;
  // Cut first: what is neutralized is what is published.
  const source = sanitizeText(cutText(text, maxLength * readAhead));
  const line = neutralizeActingWords(source.replace(/\s+/g, " ").trim());
  // Issue trackers that read commits act on `ABC-12 #done`.
  const inert = hasIssueKey.test(line) ? line.replace(/(?<=\s)#(?=[a-z])/gi, `#${zeroWidthSpace}`) : line;
  const patterns = hasAddresses ? referencePatterns : [...referencePatterns, /:(?=\/\/)|www(?=\.)/gi];
  const whole = patterns.reduce((result, pattern) => result.replace(pattern, `$&${zeroWidthSpace}`), inert);
  return shortenText(whole, maxLength);
}
