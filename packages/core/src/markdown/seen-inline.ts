import { sanitizeText } from "../text/sanitize-text.js";
import { htmlTagPattern } from "./html-tag.js";
import { normalLabel, readLinkTail } from "./link-syntax.js";
import { createCodeSpanFinder } from "./scan-markdown.js";

/** Elements that a page does not show, or of which hosts differ; their content is left out. */
const hiddenElements = new Set(
  (
    "script style template textarea title iframe noscript noembed noframes xmp plaintext svg math object audio video canvas " +
    "select datalist head"
  ).split(" "),
);
/** Elements that a page folds unless they have the attribute `open`. */
const foldedElements = new Set(["details", "dialog"]);
/** Elements without content. */
const voidElements = new Set("area base br col embed hr img input link meta param source track wbr".split(" "));
/** Elements that a browser opens again where they are closed out of order (WHATWG HTML, the list of active formatting elements). */
const formattingElements = new Set("a b big code em font i nobr s small strike strong tt u".split(" "));

const hidingAttributePattern = /(?:^|\s)(?:hidden|aria-hidden)(?=[\s=/>]|$)/i;
const openAttributePattern = /(?:^|\s)open(?=[\s=/>]|$)/i;

const tokenPattern = /\\[\s\S]|`+|<!--|<[!?]|<\/?(?=[A-Za-z])|<\/|!?\[|\]|&#|(?:https?|ftp):\/\/|www\./gi;
const addressPattern = /[^\s<]*/y;
const autolinkPattern = /<[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*>|<[\w.+-]+@[\w.-]+>/y;
const referencePattern = /&#(?:[xX]([0-9a-fA-F]{1,6})|(\d{1,7}));/y;
/** The longest label (CommonMark §4.7). */
const maxLabelLength = 999;
const labelPattern = /\[([^\]]{0,999})\]/y;
const footnotePattern = /\[\^([^\]\s]{1,999})\]/y;
/** The address of a link that is kept: one that a reader can see in the browser. */
const shownAddressPattern = /^<?https?:\/\/[^\s<>]{1,200}>?$/;

/** Elements whose names are kept, without attributes: their text is struck, quoted, or code. */
const keptElements = new Set("code kbd samp tt q del s strike a pre blockquote".split(" "));

function isHiding(name: string, attributes: string): boolean {
  const isFolded = foldedElements.has(name) && !openAttributePattern.test(attributes);
  return hiddenElements.has(name) || isFolded || hidingAttributePattern.test(attributes);
}

function matchAt(pattern: RegExp, text: string, index: number): RegExpExecArray | null {
  pattern.lastIndex = index;
  return pattern.exec(text);
}

/** The element whose content is left out, and how often an element of its name is open in it. */
interface HiddenElement {
  readonly name: string;
  depth: number;
  /** True inside the summary of a folded section. */
  isSummary: boolean;
  hasElement: boolean;
}

/** The state that one part of a text leaves for the next one. */
export interface Reading {
  hidden: HiddenElement | null;
  leftOut: number;
  isOver: boolean;
  readonly labels: ReadonlySet<string>;
  /** The footnotes that the text refers to; what footnotes refer to does not count. */
  readonly footnotes: Set<string>;
  isInFootnote: boolean;
}

/** The beginning of what may be a link or an image. */
interface OpenBracket {
  /** The number of pieces that were written before it. */
  readonly at: number;
  /** Where its text begins. */
  readonly from: number;
  readonly isImage: boolean;
  readonly isHidden: boolean;
}

/** Returns what is shown of a paragraph, a cell or a block of HTML. */
export function readSeenInline(text: string, isHtml: boolean, reading: Reading): string {
  if (reading.hidden === null && !/[\\`<[\]&]/.test(text)) return text;
  if (reading.hidden && !isHtml) reading.hidden.hasElement = true;
  const findCodeSpanEnd = createCodeSpanFinder(text);
  const output: string[] = [];
  const brackets: OpenBracket[] = [];
  let position = 0;
  let linkFloor = 0;
  let addressEnd = 0;
  let hasLooseTicks = false;
  const lastMark = Math.max(text.lastIndexOf("<"), text.lastIndexOf("["), text.lastIndexOf("&"));

  const isWritten = (): boolean => reading.hidden === null || reading.hidden.isSummary;
  const write = (piece: string): void => {
    if (isWritten()) output.push(piece);
    else reading.leftOut += piece.length;
    if (reading.hidden && piece.trim() !== "") reading.hidden.hasElement = true;
  };
  const show = (end: number): void => {
    if (end > position) write(text.slice(position, end));
    position = Math.max(position, end);
  };
  const hideThrough = (mark: string, from: number): void => {
    const end = text.indexOf(mark, from) + mark.length;
    // For a browser it is a comment, which any `>` ends.
    if (end < mark.length || text.indexOf(">", from) !== end - 1) reading.isOver = true;
    else position = end;
  };

  /** Renderers differ about two dashes inside a comment of a paragraph: CommonMark allows them since 0.31. */
  const hideComment = (start: number): void => {
    const end = text.indexOf("-->", start + 2);
    const content = text.slice(start + 4, Math.max(start + 4, end));
    if (end === -1 || (!isHtml && (content.includes("--") || content.endsWith("-")))) reading.isOver = true;
    else position = end + 3;
  };

  const closeElement = (name: string): void => {
    const { hidden } = reading;
    if (hidden === null) {
      if (keptElements.has(name)) write(`</${name}>`);
      return;
    }
    if (name === "summary" && hidden.depth === 1) hidden.isSummary = false;
    if (name !== hidden.name) return;
    hidden.depth -= 1;
    if (hidden.depth > 0) return;
    reading.hidden = null;
    if (name === "details") write(` [folded: ${reading.leftOut} characters are left out] `);
    reading.leftOut = 0;
  };

  const openElement = (name: string, attributes: string, start: number): void => {
    const { hidden } = reading;
    if (hidden !== null) {
      if (name === hidden.name) hidden.depth += 1;
      // In some elements the ends of others do not count; some GitHub shows as text, and what is in them as elements.
      const isAnother = name !== hidden.name && isHiding(name, attributes);
      const outlives = formattingElements.has(name) || hiddenElements.has(name) || hiddenElements.has(hidden.name);
      if (isAnother && outlives) reading.isOver = true;
      // A section has one summary, its first element; a hidden element in it hides the rest of it.
      const isFirst = !hidden.hasElement && hidden.depth === 1;
      if (isFirst) hidden.isSummary = name === "summary" && hidden.name === "details";
      else if (isHiding(name, attributes)) hidden.isSummary = false;
      hidden.hasElement = true;
      return;
    }
    if (name === "img") write("[image]");
    if (name === "br") write("\n");
    if (voidElements.has(name)) return;
    if (!isHiding(name, attributes)) {
      if (keptElements.has(name)) write(`<${name}>`);
      return;
    }
    // A browser that meets their end out of order opens them again.
    if (formattingElements.has(name) || name === "plaintext") reading.isOver = true;
    // Elsewhere its summary may be a part of another element.
    const isAtLineStart = isHtml && /(?:^|\n)[ \t]*$/.test(text.slice(Math.max(0, start - 20), start));
    reading.hidden = { name, depth: 1, isSummary: false, hasElement: !isAtLineStart };
  };

  const readTag = (start: number): void => {
    const tag = matchAt(htmlTagPattern, text, start);
    if (tag) {
      const [whole, name = "", attributes = ""] = tag;
      position = start + whole.length;
      if (text[start + 1] === "/") closeElement(name.toLowerCase());
      else openElement(name.toLowerCase(), attributes, start);
    } else if (isHtml) {
      reading.isOver = true;
    } else {
      show(start + (matchAt(autolinkPattern, text, start)?.[0].length ?? 1));
    }
  };

  const readReference = (start: number): void => {
    const [whole = "&#", hex, decimal = ""] = matchAt(referencePattern, text, start) ?? [];
    const code = hex === undefined ? Number.parseInt(decimal, 10) : Number.parseInt(hex, 16);
    const isInvisible = code >= 0 && code <= 0x10ffff && sanitizeText(String.fromCodePoint(code)) === "";
    if (isInvisible) position = start + whole.length;
    else show(start + whole.length);
  };

  /** GitHub makes a link of an address, and takes a backtick in it for a part of the link. */
  const readAddress = (start: number): void => {
    if (start < addressEnd) {
      show(start + 1);
      return;
    }
    const [address = ""] = matchAt(addressPattern, text, start) ?? [];
    addressEnd = start + address.length;
    const hasTick = address.includes("`");
    if (hasTick && brackets.length > 0) reading.isOver = true;
    else show(hasTick ? addressEnd : start + 1);
  };

  /** Behind ticks that close nothing, GitHub's renderer overlooks some spans of code. */
  const readTicks = (token: string, start: number): void => {
    const end = findCodeSpanEnd(start, token.length);
    if (hasLooseTicks && start < lastMark) reading.isOver = true;
    hasLooseTicks ||= end === null;
    show(end ?? start + token.length);
  };

  const openBracket = (token: string, start: number): void => {
    const [, footnote] = (token === "[" && !isHtml && matchAt(footnotePattern, text, start)) || [];
    if (footnote !== undefined && reading.hidden === null && !reading.isInFootnote)
      reading.footnotes.add(normalLabel(footnote));
    const isHidden = !isWritten();
    brackets.push({ at: output.length, from: start + token.length, isImage: token === "![", isHidden });
    show(start + token.length);
  };

  /** Writes a link whose text has been read; of an image nothing but a mark. */
  const closeBracket = (start: number): void => {
    const opener = brackets.pop();
    const isInactive = brackets.length < linkFloor && !opener?.isImage;
    linkFloor = Math.min(linkFloor, brackets.length);
    const tail = opener === undefined || isInactive ? null : readLinkTail(text, start + 1);
    if (tail === "doubtful") reading.isOver = true;
    if (opener === undefined || isInactive || tail === "doubtful") {
      show(start + 1);
      return;
    }
    const [reference = "", label] = matchAt(labelPattern, text, start + 1) ?? [];
    const ownLabel = text.slice(opener.from, Math.min(start, opener.from + maxLabelLength));
    const isReference = label !== undefined && reading.labels.has(normalLabel(label || ownLabel));
    const end = tail?.end ?? start + 1 + (isReference ? reference.length : 0);
    if (opener.isImage) {
      // A tag in an alternative text does not count.
      reading.isOver ||= opener.isHidden === isWritten();
      if (!opener.isHidden) output.splice(opener.at, output.length, "[image]");
    } else {
      show(start + 1);
      // Links hold no links: the brackets before it begin none. Images may hold it.
      if (end > position) linkFloor = brackets.length;
      if (tail && shownAddressPattern.test(tail.destination)) write(`(${tail.destination})`);
    }
    position = end;
  };

  /** Reads what begins with `<`. */
  const readAngle = (token: string, start: number): void => {
    const isTag = /[A-Za-z]/.test(text[start + token.length] ?? "") && !/[!?]/.test(token);
    if (token === "<!--") hideComment(start);
    else if (token === "<?") hideThrough("?>", start + 2);
    else if (isTag) readTag(start);
    // A browser takes it for a comment.
    else if (isHtml) hideThrough(">", start);
    else if (/^<!\[CDATA\[/i.test(text.slice(start, start + 9))) hideThrough("]]>", start);
    else if (/[A-Za-z]/.test(text[start + 2] ?? "")) hideThrough(">", start);
    else show(start + 1);
  };

  const readToken = (token: string, start: number): void => {
    show(start);
    if (token.startsWith("<")) readAngle(token, start);
    else if (token === "&#") readReference(start);
    // Also in a block of HTML, which another renderer may take for a paragraph.
    else if (token === "]") closeBracket(start);
    else if (token === "[" || token === "![") openBracket(token, start);
    // HTML has no escapes: the character after the backslash is read again.
    else if (isHtml) show(start + (token.startsWith("\\") ? 1 : token.length));
    else if (/[/.]$/.test(token)) readAddress(start);
    else if (token.startsWith("`")) readTicks(token, start);
    else show(start + token.length);
  };

  while (!reading.isOver) {
    tokenPattern.lastIndex = position;
    const token = tokenPattern.exec(text);
    if (!token) break;
    readToken(token[0], token.index);
  }
  if (!reading.isOver) show(text.length);
  // A tag in the alternative text of an image does not count: what has been read of it may not be shown.
  const image = reading.isOver || reading.hidden ? brackets.find(({ isImage }) => isImage) : undefined;
  return output.slice(0, image?.at).join("");
}
