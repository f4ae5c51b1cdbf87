import { sanitizeText } from "../text/sanitize-text.js";
import { htmlTagPattern } from "./html-tag.js";
import { createCodeSpanFinder, scanMarkdown } from "./scan-markdown.js";

/** The effect of one paragraph on the following ones: an element that is still open, or everything hidden. */
interface InlineState {
  hiddenUntil: string | null;
  isOver: boolean;
}

const tokenPattern = /\\[\s\S]|`+|<!--|<[!?]|<\/?(?=[A-Za-z])|!?\[|\](?=\()|\]/g;
const autolinkPattern = /<[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*>|<[\w.+-]+@[\w.-]+>/y;
const blanksPattern = /\s*/y;
const destinationPattern = /<[^<>\n]*>|[^\s()<]*/y;
const linkTitlePattern = /"[^"]*"|'[^']*'|\([^()]*\)/y;

/** Elements a renderer drops with their content, or that quote or show code. */
const hiddenElements = new Set("script style template textarea title iframe noscript xmp pre blockquote".split(" "));
/** Elements whose content is visible as code or as struck: no line in them begins a request. */
const inertElements = new Set("code kbd samp tt q del s strike a".split(" "));

const trackedTagPattern = new RegExp(`<(/?)(${[...hiddenElements, ...inertElements].join("|")})(?![a-z0-9-])`, "gi");

/** Returns true if the tracked elements close in it, in order: one that does not may reach beyond it in a browser. */
function isBalanced(html: string): boolean {
  const open: string[] = [];
  for (const [, slash, name = ""] of html.matchAll(trackedTagPattern)) {
    if (slash === "") open.push(name.toLowerCase());
    else if (open.pop() !== name.toLowerCase()) return false;
  }
  return open.length === 0;
}

function matchAt(pattern: RegExp, text: string, index: number): RegExpExecArray | null {
  pattern.lastIndex = index;
  return pattern.exec(text);
}

/**
 * Returns the index after the `(destination "title")` of a link, or null if there is none at `start`. Each run of blanks is
 * read once: one regular expression for all of it would try every division of a run between its neighbours.
 */
function linkTailEnd(text: string, start: number): number | null {
  if (text[start] !== "(") return null;
  const after = (pattern: RegExp, index: number): number => index + (matchAt(pattern, text, index)?.[0].length ?? 0);
  const destination = after(destinationPattern, after(blanksPattern, start + 1));
  const blanks = after(blanksPattern, destination);
  const title = blanks > destination ? after(blanksPattern, after(linkTitlePattern, blanks)) : blanks;
  return text[title] === ")" ? title + 1 : null;
}

/**
 * The text of one paragraph or HTML block that a reader sees. Line breaks inside code spans, links and tags become
 * spaces, so that what follows them does not look like the start of a line. A text that cannot be decided is hidden. Linear time.
 */
function readVisibleInline(text: string, isHtml: boolean, state: InlineState): string {
  if (state.hiddenUntil === null && !/[\\`<[\]]/.test(text)) return text;
  const lowerCase = text.toLowerCase();
  const findCodeSpanEnd = createCodeSpanFinder(text);
  const output: string[] = [];
  const brackets: number[] = [];
  let position = 0;
  let inertUntil = 0;

  const show = (end: number): void => {
    const piece = text.slice(position, end);
    output.push(position < inertUntil ? piece.replaceAll("\n", " ") : piece);
    position = end;
  };
  const endOf = (mark: string, from: number): number | null => {
    const index = lowerCase.indexOf(mark, from);
    return index === -1 ? null : index + mark.length;
  };
  const hideTo = (end: number | null): boolean => {
    if (end === null) state.isOver = true;
    else position = end;
    return end !== null;
  };
  /** The index where the element closes; null if it does not here. An end that may be code hides everything after it. */
  const closeOf = (name: string, from: number): number | null => {
    const close = lowerCase.indexOf(`</${name}`, from);
    const content = text.slice(from, Math.max(from, close));
    const isPlain = !(isHtml ? /<!--/ : /[`\\]|<!--/).test(content) && isBalanced(content);
    if (close !== -1 && isPlain) return close;
    if (close === -1) state.hiddenUntil = name;
    else state.isOver = true;
    return null;
  };
  const readClosed = (name: string): boolean => {
    state.hiddenUntil = null;
    const close = closeOf(name, position);
    return close !== null && hideTo(endOf(">", close));
  };

  const readTag = (start: number): boolean => {
    const tag = matchAt(htmlTagPattern, text, start);
    if (!tag) {
      const autolink = matchAt(autolinkPattern, text, start);
      if (!autolink && isHtml) return hideTo(null);
      show(start + (autolink?.[0].length ?? 1));
      return true;
    }
    const name = (tag[1] ?? "").toLowerCase();
    const isOpening = text[start + 1] !== "/";
    const end = start + tag[0].length;
    if (isOpening && hiddenElements.has(name)) {
      position = end;
      return readClosed(name);
    }
    if (isOpening && inertElements.has(name) && end > inertUntil) {
      const close = closeOf(name, end);
      if (close === null) return false;
      inertUntil = close;
    }
    // An attribute can hide text; a bare name, as in `List<string>`, was meant to be shown.
    if ((tag[2] ?? "") === "") output.push(tag[0].replaceAll("\n", " "));
    position = end;
    return true;
  };

  const readLink = (start: number): void => {
    const opener = brackets.pop();
    show(start + 1);
    const tailEnd = linkTailEnd(text, position);
    if (opener === undefined || (tailEnd === null && text[position] !== "[")) return;
    brackets.length = 0;
    for (let index = opener; index < output.length; index += 1) {
      output[index] = (output[index] ?? "").replaceAll("\n", " ");
    }
    if (tailEnd === null) return;
    output.push(text.slice(position, tailEnd).replaceAll("\n", " "));
    position = tailEnd;
  };

  /** Reads one token; returns false if the rest of this text is hidden. */
  const readToken = (token: string, start: number): boolean => {
    show(start);
    if (token === "<!--") return hideTo(endOf("-->", start + 2));
    if (token === "<?") return hideTo(endOf("?>", start));
    if (token === "<!") {
      if (lowerCase.startsWith("<![cdata[", start)) return hideTo(endOf("]]>", start));
      if (/[A-Za-z]/.test(text[start + 2] ?? "")) return hideTo(endOf(">", start));
    }
    if (token === "<" || token === "</") return readTag(start);
    if (isHtml) {
      // HTML has no escapes: the character after the backslash is read again.
      show(start + (token.startsWith("\\") ? 1 : token.length));
    } else if (token.startsWith("`")) {
      const end = findCodeSpanEnd(start, token.length);
      inertUntil = Math.max(inertUntil, end ?? 0);
      show(end ?? start + token.length);
    } else if (token === "[" || token === "![") {
      brackets.push(output.length);
    } else if (token === "]") {
      readLink(start);
    } else {
      show(start + token.length);
    }
    return true;
  };

  if (state.hiddenUntil !== null && !readClosed(state.hiddenUntil)) return "";
  for (let isVisible = true; isVisible; ) {
    tokenPattern.lastIndex = position;
    const token = tokenPattern.exec(text);
    if (!token) {
      show(text.length);
      break;
    }
    const before = position;
    isVisible = readToken(token[0], token.index);
    // A token that consumed nothing is literal text.
    if (isVisible && position === Math.max(before, token.index)) show(token.index + token[0].length);
  }
  return output.join("");
}

const definitionPattern =
  /^ {0,3}\[(?!\^)(?:[^\]\\[]|\\.)+\]:\s*(?:<[^<>\n]*>|(?:[^\s<()`]|\([^\s()`]*\))+)(?:[ \t]*(?:\n[ \t]*)?(?:"[^"]*"|'[^']*'|\([^()]*\)))?[ \t]*(?:\n|$)/;

/** RFC 3676 §4.3, and the line above a forwarded message. */
const signaturePattern = /^(?:-- ?|-{2,} ?Original Message ?-{2,}|_{16,})$/i;

/** The line above the mail that an answer quotes, by the language of the mail program: its beginning and a word of it. */
const replyHeaders = [
  ["On ", "wrote"],
  ["Am ", "schrieb"],
  ["Le ", "a écrit"],
  ["El ", "escribió"],
] as const;

/** The header that Outlook puts above the mail an answer quotes: sender, then date. */
const senderPattern = /^\W{0,4}(?:From|Von|De)\b\W{0,4}:/;
const datePattern = /^\W{0,4}(?:Sent|Date|Gesendet|Datum|Envoyé|Enviado)\W{0,4}:/;

/** Maximum number of lines of such a header, and of its characters. */
const maxHeaderLines = 3;
const maxHeaderLength = 400;

/** Returns true if the mail that an answer quotes without marks begins with this line, its header included. */
function beginsQuotedMail(lines: readonly string[], index: number): boolean {
  const line = lines[index] ?? "";
  if (senderPattern.test(line))
    return lines.slice(index + 1, index + maxHeaderLines).some((next) => datePattern.test(next));
  const header = replyHeaders.find(([beginning]) => line.startsWith(beginning));
  if (!header) return false;
  return Array.from({ length: maxHeaderLines }, (_, more) =>
    lines
      .slice(index, index + more + 1)
      .join(" ")
      .trimEnd(),
  ).some((text) => text.length <= maxHeaderLength && text.endsWith(":") && text.includes(header[1]) && /\d/.test(text));
}

/** Quotes nested deeper are treated as HTML, which hides more. */
const maxQuoteDepth = 8;

/** Removes the link definitions a paragraph begins with: they are never shown. Code may follow them, but no paragraph. */
function withoutDefinitions(text: string, state: InlineState): string {
  if (!text.includes("]:")) return text;
  let rest = text;
  for (let match = definitionPattern.exec(rest); match; match = definitionPattern.exec(rest)) {
    // A tag in it counts as well, since a renderer may not see a definition there.
    if (match[0].includes("<")) readVisibleInline(match[0], false, state);
    rest = rest.slice(match[0].length).replace(/^(?:(?: {4}| {0,3}\t)[^\n]*(?:\n|$))+/, "");
  }
  return rest;
}

/** Reads a quote for the elements it leaves open: a comment begun in it hides the text after it. */
function readQuote(lines: readonly string[], state: InlineState, depth: number): void {
  const content = lines.map((line) => line.replace(/^[ \t]*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)*>[ \t]?/, ""));
  if (depth >= maxQuoteDepth) readVisibleInline(content.join("\n"), true, state);
  else readBlocks(content.join("\n"), state, depth + 1);
}

function readBlocks(text: string, state: InlineState, depth: number): string[] {
  const visible: string[] = [];
  const blocks = scanMarkdown(text);
  // A quoted mail that has the marks of a quote needs no header to be found, and an answer may stand below it.
  const endsWith = (lines: readonly string[], line: number, block: number): boolean =>
    signaturePattern.test(lines[line] ?? "") ||
    (beginsQuotedMail(lines, line) && blocks.slice(block + 1, block + 3).every(({ kind }) => kind !== "quote"));
  for (const [index, block] of blocks.entries()) {
    if (state.isOver) break;
    if (block.kind === "quote") readQuote(block.lines, state, depth);
    if (block.kind === "code" || block.kind === "quote") continue;
    const end = depth === 0 ? block.lines.findIndex((_, line) => endsWith(block.lines, line, index)) : -1;
    const lines = end === -1 ? block.lines : block.lines.slice(0, end);
    const source = block.kind === "text" ? withoutDefinitions(lines.join("\n"), state) : lines.join("\n");
    for (const line of readVisibleInline(source, block.kind === "html", state).split("\n")) visible.push(line);
    if (end !== -1) break;
  }
  return visible;
}

/** The visible lines with their invisible characters, which can turn a name into another one. */
export function readVisibleLines(text: string): string[] {
  return readBlocks(text.replace(/\r\n?/g, "\n"), { hiddenUntil: null, isOver: false }, 0);
}

/**
 * The lines that a reader of the rendered Markdown sees, without quotes, code blocks, HTML comments (an unterminated one
 * hides the rest), link definitions, e-mail signatures, quoted mails and invisible characters. A doubtful text is hidden. Linear time.
 */
export function visibleLines(text: string): readonly string[] {
  return sanitizeText(readVisibleLines(text).join("\n")).split("\n");
}
