/** The longest title, and the deepest nesting of parentheses, that are read: a renderer reads no deeper (CommonMark §6.3). */
const maxTitleLength = 2000;
const maxDepth = 32;

const blanksPattern = /[ \t]*(?:\n[ \t]*)?/y;
const bracketedPattern = /<(?:\\.|[^<>\n\\])*>/y;
const lineEndPattern = /[ \t]*(?:\n|$)/y;
const labelPattern = /[ \t]{0,3}\[((?:\\[\s\S]|[^[\]\\]){1,999})\]:/y;

const titleEnds: Readonly<Record<string, string>> = { '"': '"', "'": "'", "(": ")" };

/** The end of a part of a link; `doubtful` for one that is longer than is read here. */
type End = number | null | "doubtful";

function endOf(pattern: RegExp, text: string, start: number): number | null {
  pattern.lastIndex = start;
  return pattern.test(text) ? pattern.lastIndex : null;
}

/** Returns the end of a destination, `start` itself for an empty one. */
function destinationEnd(text: string, start: number): number {
  const bracketed = text[start] === "<" ? endOf(bracketedPattern, text, start) : null;
  if (bracketed !== null) return bracketed;
  let depth = 0;
  let index = start;
  for (; index < text.length; index += 1) {
    const character = text[index] ?? "";
    if (character <= " " || character === "\u007f") break;
    if (character === "\\" && index + 1 < text.length && (text[index + 1] ?? "") > " ") index += 1;
    else if (character === "(") depth += 1;
    else if (character === ")") depth -= 1;
    if (depth < 0 || depth > maxDepth) break;
  }
  return index;
}

function titleEnd(text: string, start: number): End {
  const mark = titleEnds[text[start] ?? ""];
  if (mark === undefined) return null;
  for (let index = start + 1; index < text.length; index += 1) {
    if (index - start > maxTitleLength) return "doubtful";
    if (text[index] === "\\") index += 1;
    else if (text[index] === mark) return index + 1;
  }
  return null;
}

/** The tail of a link: where it ends, and its destination. */
export interface LinkTail {
  readonly end: number;
  readonly destination: string;
}

/** Reads the `(destination "title")` of a link, or null if there is none at `start`. Each part is read once. */
export function readLinkTail(text: string, start: number): LinkTail | null | "doubtful" {
  if (text[start] !== "(") return null;
  const after = (index: number): number => endOf(blanksPattern, text, index) ?? index;
  const beginning = after(start + 1);
  const destinationStop = destinationEnd(text, beginning);
  const blank = after(destinationStop);
  const title = blank > destinationStop ? titleEnd(text, blank) : null;
  if (title === "doubtful") return title;
  const end = after(title ?? blank);
  if (text[end] !== ")") return null;
  return { end: end + 1, destination: text.slice(beginning, destinationStop) };
}

/** A definition of a link (CommonMark §4.7): a renderer shows nothing of it. */
export interface LinkDefinition {
  readonly end: number;
  /** In the form in which labels are compared. */
  readonly label: string;
}

/** Reads the link definition at `start`, the beginning of a paragraph; null if there is none. */
export function readLinkDefinition(text: string, start: number): LinkDefinition | null | "doubtful" {
  labelPattern.lastIndex = start;
  const [whole, label = ""] = labelPattern.exec(text) ?? [];
  if (whole === undefined || label.startsWith("^") || label.trim() === "") return null;
  const beginning = endOf(blanksPattern, text, start + whole.length) ?? start;
  const destinationStop = destinationEnd(text, beginning);
  if (destinationStop === beginning) return null;
  // Before a table GitHub's renderer reads no definitions: a tag in one would count.
  if (text[beginning] !== "<" && text.slice(beginning, destinationStop).includes("<")) return "doubtful";
  const blank = endOf(blanksPattern, text, destinationStop) ?? destinationStop;
  const title = blank > destinationStop ? titleEnd(text, blank) : null;
  if (title === "doubtful") return title;
  const withTitle = title === null ? null : endOf(lineEndPattern, text, title);
  const end = withTitle ?? endOf(lineEndPattern, text, destinationStop);
  return end === null ? null : { end, label: normalLabel(label) };
}

/** Returns a label in the form in which labels are compared. */
export function normalLabel(label: string): string {
  return label.trim().replace(/\s+/g, " ").toLowerCase().toUpperCase();
}
