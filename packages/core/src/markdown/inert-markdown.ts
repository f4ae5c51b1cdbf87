import { cutText } from "../text/cap-text.js";
import { sanitizeText } from "../text/sanitize-text.js";
import { neutralizeActingWords, neutralizeCode } from "./acting-words.js";
import { createInertInline, type InertInline, type InertInlineOptions, type Piece } from "./inert-inline.js";

/** Options of {@link toInertMarkdown}. */
export interface InertMarkdownOptions extends Pick<InertInlineOptions, "mentionable"> {
  /** Web addresses at the hosts that links may lead to, such as `https://github.com`: the code host's. @defaultValue none */
  readonly linkable?: readonly string[] | undefined;
  /** Maximum length of the result in UTF-16 units; a longer text is cut, with a note. @defaultValue none */
  readonly maxLength?: number | undefined;
}

/** A line of the result. */
interface InertLine {
  readonly pieces: readonly Piece[];
  /** The line that closes the block of code which a line is in; null outside of code. */
  readonly closing: string | null;
}

/** Quotes nested deeper than this keep their text, and none of their code blocks. */
const maxQuoteDepth = 4;

const quotePattern = /^ {0,3}>/;
const fencePattern = /^([ \t]*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)*)(`{3,}(?=[^`]*$)|~{3,})[ \t]*([\w+#.-]{0,30})/;
/** Languages that a code host draws, or turns into buttons, instead of showing the code. */
const drawnLanguage = /^(?:math|mermaid|geojson|topojson|stl|suggestion)$/i;
const listPattern = /^(?:[-+*]|\d{1,9}[.)])(?:[ \t]|$)/;

/** Addresses that a code host shows as, and counts as, a mention of an issue. */
const issueAddressPattern = /\/(?:issues|pulls?|discussions|merge_requests|work_items)\/\d/i;

/** Links may lead to the origins of these addresses, but for issues there. */
function createLinkCheck(linkable: readonly string[] = []): InertInlineOptions["linkTo"] {
  const origins = new Set(linkable.filter((each) => URL.canParse(each)).map((each) => new URL(each).origin));
  return (address) => {
    if (!/^https?:\/\/[^\\]+$/i.test(address) || !URL.canParse(address)) return null;
    const url = new URL(address);
    if (!origins.has(url.origin) || url.username !== "" || url.password !== "") return null;
    return issueAddressPattern.test(url.href) ? null : toLinkTarget(url);
  };
}

/** An address inside the marks of a link, which it cannot end. */
function toLinkTarget({ href }: URL): string {
  return href.replace(/[()[\]<>`|"\\]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** A run of backticks that ends no block of code with this text in it, whatever character its own fences have. */
function fenceFor(code: string): string {
  const runs = code.match(/`{3,}|~{3,}/g) ?? [];
  return "`".repeat(runs.reduce((longest, run) => Math.max(longest, run.length), 2) + 1);
}

function widthOf(lead: string): number {
  return lead === "" ? 0 : lead.replaceAll("\t", "    ").length;
}

/** A line without the indentation of the list item that it is in. */
function withoutIndent(line: string, width: number): string {
  let index = 0;
  let left = width;
  for (; left > 0 && (line[index] === " " || line[index] === "\t"); index += 1) left -= line[index] === "\t" ? 4 : 1;
  return " ".repeat(Math.max(0, -left)) + line.slice(index);
}

/** A block of code at the left margin, in a fence of its own: no renderer reads it as anything else. */
function codeLines(code: readonly string[], language: string, prefix: string): InertLine[] {
  const text = neutralizeCode(code.join("\n"));
  const fence = fenceFor(text);
  const closing = `${prefix}${fence}`;
  const lineOf = (line: string, isWhole: boolean): InertLine => ({
    closing,
    pieces: [
      { text: prefix, isWhole: true },
      { text: line, isWhole },
    ],
  });
  const opening = `${fence}${drawnLanguage.test(language) ? "" : language}`;
  const body = code.length === 0 ? [] : text.split("\n").map((line) => lineOf(line, false));
  return [lineOf(opening, true), ...body, { closing: null, pieces: [{ text: closing, isWhole: true }] }];
}

/** Splits a text into prose, quotes and code, and writes each anew. A wrong guess here changes the looks alone. */
function writeLines(lines: readonly string[], prefix: string, depth: number, inline: InertInline): InertLine[] {
  const written: InertLine[] = [];
  let margin = 0;
  let isInList = false;
  let isAfterBlank = true;
  let index = 0;

  /** Takes the lines that belong together, from the current one on. */
  const takeWhile = (belongs: (line: string) => boolean): string[] => {
    const from = index;
    while (index < lines.length && belongs(lines[index] ?? "")) index += 1;
    return lines.slice(from, index);
  };

  while (index < lines.length) {
    const given = lines[index] ?? "";
    const mayBeFence = given.includes("```") || given.includes("~~~");
    const [, lead = "", fence = "", language = ""] = (mayBeFence ? fencePattern.exec(given) : null) ?? [];
    if (depth < maxQuoteDepth && quotePattern.test(given)) {
      const quoted = takeWhile((line) => quotePattern.test(line)).map((line) => line.replace(/^ {0,3}> ?/, ""));
      written.push(...writeLines(quoted, `${prefix}> `, depth + 1, inline));
      isAfterBlank = false;
    } else if (fence !== "") {
      index += 1;
      const width = widthOf(lead);
      const code = takeWhile((line) => !closes(line, fence));
      index += 1;
      written.push(
        ...codeLines(
          code.map((line) => withoutIndent(line, width)),
          language,
          prefix,
        ),
      );
      // The text that follows in the same item of a list would be indented code behind a block at the left margin.
      margin = width;
      isAfterBlank = true;
    } else if (isAfterBlank && !isInList && margin === 0 && /^(?: {4}| {0,3}\t)[ \t]*\S/.test(given)) {
      const code = takeWhile((line) => /^(?: {4}| {0,3}\t)|^[ \t]*$/.test(line));
      while (code.at(-1)?.trim() === "") {
        code.pop();
        index -= 1;
      }
      written.push(
        ...codeLines(
          code.map((line) => withoutIndent(line, 4)),
          "",
          prefix,
        ),
      );
    } else {
      index += 1;
      const content = given.trimStart();
      const indent = widthOf(given.slice(0, given.length - content.length));
      if (content !== "") {
        margin = Math.min(margin, indent);
        isInList = listPattern.test(content) || (isInList && (indent > 0 || !isAfterBlank));
      }
      isAfterBlank = content === "" || (content.startsWith("#") && /^#{1,6}[ \t]/.test(content));
      const pieces = content === "" ? [] : inline(margin === 0 ? given : withoutIndent(given, margin));
      written.push({ closing: null, pieces: [{ text: prefix, isWhole: true }, ...pieces] });
    }
  }
  return written;
}

function closes(line: string, fence: string): boolean {
  const text = line.trim();
  return text.length >= fence.length && text === fence.charAt(0).repeat(text.length);
}

/** The beginning of a text, as inert as the whole: no piece is cut that must not be, and a block of code stays closed. */
function cutLines(lines: readonly InertLine[], maxLength: number): string {
  const kept: string[] = [];
  let left = maxLength;
  for (const { pieces, closing } of lines) {
    const room = left - (closing === null ? 0 : closing.length + 1) - (kept.length === 0 ? 0 : 1);
    const text = pieces.map((piece) => piece.text).join("");
    if (text.length <= room) {
      kept.push(text);
      left -= text.length + (kept.length === 1 ? 0 : 1);
      continue;
    }
    let line = "";
    for (const piece of pieces) {
      const fits = line.length + piece.text.length <= room;
      if (fits) line += piece.text;
      else if (!piece.isWhole) line += cutText(piece.text, room - line.length);
      if (!fits) break;
    }
    // The first line of a block of code opens it: cut, it would close nothing.
    const isOpening = closing !== null && (pieces[1]?.isWhole ?? false);
    if (isOpening || room < 0) return [...kept, ...(closing !== null && !isOpening ? [closing] : [])].join("\n");
    return [...kept, line, ...(closing === null ? [] : [closing])].join("\n");
  }
  return kept.join("\n");
}

/**
 * Makes Markdown that an agent or a stranger wrote fit to be part of a message, whatever parser its renderer has: mentions,
 * references and closing words are neutralized, raw HTML and images shown as text, links kept to the given origins alone
 * and others shown as code, commands and the marks of a commit neutralized, invisible characters removed. Lists, headings,
 * tables and code stay; blocks of code get fences of their own and keep their letters, but for words on which a program
 * acts that reads the text. Linear time, idempotent.
 */
export function toInertMarkdown(text: string, options: InertMarkdownOptions = {}): string {
  const { mentionable, linkable, maxLength = Number.POSITIVE_INFINITY } = options;
  const inline = createInertInline({ mentionable, linkTo: createLinkCheck(linkable) });
  // Cut first: what is neutralized is what is published.
  const source = neutralizeActingWords(sanitizeText(cutText(text, maxLength)));
  const lines = writeLines(source.split("\n"), "", 0, inline);
  const whole = lines.map(({ pieces }) => pieces.map((piece) => piece.text).join("")).join("\n");
  if (text.length <= maxLength && whole.length <= maxLength) return whole;
  const note = `\n\n\\[cut: the text had ${text.length} characters]`;
  return cutText(cutLines(lines, maxLength - note.length) + note, maxLength);
}

/** Markdown that shows a plain text as it is: nothing in it is markup, and nothing acts. Linear time. */
export function plainToMarkdown(text: string, { linkable }: Pick<InertMarkdownOptions, "linkable"> = {}): string {
  const inline = createInertInline({ linkTo: createLinkCheck(linkable) });
  return sanitizeLines(text)
    .map((line) =>
      inline(escapeMarkup(line))
        .map((piece) => piece.text)
        .join(""),
    )
    .join("\n");
}

/** A link of our own in Markdown, with a plain text as its words; the words alone where it is not a web address. */
export function linkToMarkdown(label: string, address: string): string {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) return plainToMarkdown(label);
  const pieces = createInertInline({ linkTo: () => null })(escapeMarkup(sanitizeLines(label).join(" ")), "label");
  return `[${pieces.map((piece) => piece.text).join("")}](${toLinkTarget(url)})`;
}

/** A plain text as a block of code in Markdown, in a fence that no line of it ends. */
export function fenceCode(text: string): string {
  return codeLines(sanitizeLines(text), "", "")
    .map(({ pieces }) => pieces.map((piece) => piece.text).join(""))
    .join("\n");
}

function sanitizeLines(text: string): string[] {
  return neutralizeActingWords(sanitizeText(text)).trim().split("\n");
}

/** Escapes what is markup in a plain text, but for the addresses in it. */
function escapeMarkup(line: string): string {
  return line
    .replace(/https?:\/\/[^\s<>()[\]`|\\"']{1,2000}|[\\`*_~[\]<>|&!#$]/gi, (found) =>
      found.length > 1 ? found : `\\${found}`,
    )
    .replace(/^(\s*)([-+=])/, "$1\\$2")
    .replace(/^(\s*\d{1,9})([.)])/, "$1\\$2");
}
