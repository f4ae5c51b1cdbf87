import { cutText, shortenText } from "../text/cap-text.js";
import { sanitizeText } from "../text/sanitize-text.js";
import { createCodeSpanFinder } from "./code-spans.js";
import { sanitizeMarkdown } from "./sanitize-markdown.js";
import { type MarkdownBlock, scanMarkdown } from "./scan-markdown.js";

/** Options of {@link toInertMarkdown}. */
export interface InertMarkdownOptions {
  /** Login names that stay mentions, without `@`: the requester's. @defaultValue none */
  readonly mentionable?: readonly string[];
  /** Maximum length of the result in UTF-16 units; a longer text is cut, with a note. @defaultValue none */
  readonly maxLength?: number;
}

/** A piece of a block; `isCode` for one that stays as it is and is never cut in two. */
interface Piece {
  readonly text: string;
  readonly isCode: boolean;
}

const zeroWidthSpace = "\u200b";
const mentionPattern = /(?<![A-Za-z0-9])@([A-Za-z0-9](?:[A-Za-z0-9._/-]{0,79}))/g;

/** Words after which code hosts close an issue, or open it again; each without its first letter. */
const closingWord = "los(?:e[sd]?|ing)|ix(?:e[sd]|ing)?|esolv(?:e[sd]?|ing)|eopen(?:s|ed|ing)?|mplement(?:s|ed|ing)?";
/** White space over line ends, a colon, and the marks of emphasis, code, links and quotes. */
const mark = "[\\s\\u2800:*_~`\\[(<\"'\\\\]";
/** The characters between such a word and its issue, with the names of characters as HTML has them. */
const gap = `(?=[^A-Za-z0-9./-])${mark}*(?:&[A-Za-z]{2,20};${mark}*){0,8}(?:[Ii]ssues?${mark}+)?`;

/** Matches the first letter of a closing word before a reference: without the word, a whole list of issues is harmless. */
function closingPattern(reference: string, flags: string): RegExp {
  return new RegExp(`(?<![A-Za-z0-9])[CFRIcfri](?=(?:${closingWord})${gap}(?:${reference}))`, flags);
}

/** `#12`, `!12`, `GH-12`, `owner/repo#12`, and the addresses of issues. */
const issuePattern = closingPattern("(?:[\\w.~/-]{1,200})?[#!]\\d|GH-\\d|https?://", "giu");
/** The keys of issue trackers, such as `ABC-12`, are in upper case: `fix utf-8` closes nothing. */
const issueKey = "[A-Z][A-Z0-9_]{1,30}-\\d";
const issueKeyPattern = closingPattern(issueKey, "gu");
const hasIssueKey = new RegExp(`(?<![A-Za-z0-9])${issueKey}`, "u");
/** `[skip ci]` and its kin: a host runs no checks for a commit whose message has it. */
const skipChecksPattern = /\[(?=(?:skip|ci|no|actions)[ _-](?:skip|ci|actions)\])/gi;

const ownMarkPattern = /<!--(?=\s{0,32}agentbot:)/gi;
const fencePattern = /^([ \t]*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)*)(`{3,}|~{3,})/;

/** Puts a zero-width space after the `@` of every mention but those named, so that it sends no notification. */
export function neutralizeMentions(text: string, mentionable: readonly string[] = []): string {
  const allowed = new Set(mentionable.map((login) => login.toLowerCase()));
  return text.replace(mentionPattern, (mention, name: string) =>
    allowed.has(name.replace(/[._/-]+$/, "").toLowerCase()) ? mention : `@${zeroWidthSpace}${name}`,
  );
}

/**
 * Puts a zero-width space into the words on which a code host acts in a commit or a pull request: closing words before an
 * issue, whatever the host, and the marks that skip checks. Expects a text without invisible characters. Linear time.
 */
export function neutralizeKeywords(text: string): string {
  return [issuePattern, issueKeyPattern, skipChecksPattern].reduce(
    (result, pattern) => result.replace(pattern, `$&${zeroWidthSpace}`),
    text,
  );
}

/**
 * Makes a text of other people fit to be a line of plain text, such as the subject of a commit, the title of a pull request
 * or a headline: it notifies no account, closes no issue and skips no checks. It is not escaped for any markup. Linear
 * time, idempotent.
 *
 * @param maxLength - in UTF-16 units; a longer text ends in `…`
 */
export function toInertLine(text: string, maxLength = Number.POSITIVE_INFINITY): string {
  const line = neutralizeKeywords(sanitizeText(text).replace(/\s+/g, " ").trim());
  // Issue trackers that read commits act on `ABC-12 #done`.
  const inert = hasIssueKey.test(line) ? line.replace(/(?<=\s)#(?=[a-z])/gi, `#${zeroWidthSpace}`) : line;
  return shortenText(neutralizeMentions(inert), maxLength);
}

function inertProse(text: string, mentionable: readonly string[]): Piece {
  const inert = text
    .replace(/<(?=[A-Za-z/!?])/g, "&lt;")
    // A renderer looks for mentions in the text that it has decoded.
    .replace(/&(?=#|commat;|num;)/gi, "&amp;")
    // The bracket is escaped, not the mark: one more backslash before the mark would be escaped by an earlier one.
    .replace(/!\[/g, "!\\[")
    // Code hosts and their bots act on a line such as `/merge`.
    .replace(/^([ \t]*)\/(?=[a-z])/gim, "$1\\/");
  return { text: neutralizeMentions(inert, mentionable), isCode: false };
}

function inertBlock({ kind, lines }: MarkdownBlock, mentionable: readonly string[]): Piece[] {
  const text = lines.join("\n");
  if (kind === "code") return [{ text: text.replace(ownMarkPattern, "<! --"), isCode: false }];
  const findCodeSpanEnd = createCodeSpanFinder(text);
  // A link definition may hold a backtick that then opens no code.
  const hasCode = kind === "text" && !/^\s*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+){0,9}\[[^\]]*\]:/.test(text);
  const ticks = hasCode ? /\\[\s\S]|`+/g : /(?!)/g;
  const pieces: Piece[] = [];
  let position = 0;
  for (let token = ticks.exec(text); token; token = ticks.exec(text)) {
    const end = token[0].startsWith("`") ? findCodeSpanEnd(token.index, token[0].length) : null;
    if (end === null) continue;
    const code = text.slice(token.index, end);
    // A block may end inside a span that covers several lines: what follows it may then be code or not.
    if (code.includes("\n")) break;
    pieces.push(inertProse(text.slice(position, token.index), mentionable));
    pieces.push({ text: code.replace(ownMarkPattern, "<! --"), isCode: true });
    position = end;
    ticks.lastIndex = end;
  }
  pieces.push(inertProse(text.slice(position), mentionable));
  return pieces;
}

/** The line that closes a fenced code block, inside the list it is in; null for any other block. */
function closingFence({ kind, lines }: MarkdownBlock): string | null {
  const [, lead = "", fence = ""] = fencePattern.exec(lines[0] ?? "") ?? [];
  return kind === "code" && fence !== "" ? lead.replace(/[^\t]/g, " ") + fence : null;
}

function isLeftOpen({ lines }: MarkdownBlock, closing: string): boolean {
  const fence = closing.trim();
  const last = lines.length > 1 ? (lines.at(-1)?.trim() ?? "") : "";
  return last.length < fence.length || last !== fence.charAt(0).repeat(last.length);
}

/** The beginning of a block, as inert as the whole: a code span is kept or left out, a fenced block stays closed. */
function cutBlock(block: MarkdownBlock, pieces: readonly Piece[], length: number): string {
  const closing = closingFence(block);
  if (closing !== null) {
    const bodyLength = length - closing.length - 1;
    if (bodyLength <= (block.lines[0] ?? "").length) return "";
    return `${cutText(pieces.map(({ text }) => text).join(""), bodyLength)}\n${closing}`;
  }
  const kept: string[] = [];
  let left = length;
  for (const { text, isCode } of pieces) {
    if (text.length > left) {
      kept.push(isCode ? "" : cutText(text, left));
      break;
    }
    kept.push(text);
    left -= text.length;
  }
  return kept.join("");
}

/**
 * Makes Markdown that an agent wrote fit to be part of a message: mentions and closing words are neutralized, raw HTML and
 * images shown as text, invisible characters and HTML comments removed, an open code block closed. So it can neither notify
 * strangers nor carry the mark of a task, and a line such as `/merge` is not a command. Code keeps its letters, but for closing
 * words: a host that makes a commit message of it reads it as plain text. Linear time.
 */
export function toInertMarkdown(text: string, options: InertMarkdownOptions = {}): string {
  const { mentionable = [], maxLength = Number.POSITIVE_INFINITY } = options;
  const blocks = scanMarkdown(neutralizeKeywords(sanitizeMarkdown(text)), false);
  const pieces = blocks.map((block) => inertBlock(block, mentionable));
  const texts = pieces.map((each) => each.map((piece) => piece.text).join(""));
  const last = blocks.at(-1);
  const closing = last ? closingFence(last) : null;
  if (last && closing !== null && isLeftOpen(last, closing)) texts.push(closing);
  const whole = texts.join("\n");
  if (whole.length <= maxLength) return whole;

  const note = `\n\n[cut: the text had ${text.length} characters]`;
  const kept: string[] = [];
  let left = maxLength - note.length;
  for (const [index, block] of blocks.entries()) {
    const blockText = texts[index] ?? "";
    if (blockText.length > left) {
      kept.push(cutBlock(block, pieces[index] ?? [], left));
      break;
    }
    kept.push(blockText);
    left -= blockText.length + 1;
  }
  return cutText(`${kept.join("\n")}${note}`, maxLength);
}
