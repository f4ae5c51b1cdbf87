import { sanitizeText } from "../text/sanitize-text.js";
import { htmlTagPattern } from "./html-tag.js";
import { normalLabel, readLinkDefinition } from "./link-syntax.js";
import { type MarkdownBlock, scanMarkdown } from "./scan-markdown.js";
import { type Reading, readSeenInline } from "./seen-inline.js";

const markPattern = /^[ \t]*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)*/;
const footnoteDefinitionPattern = /^[ \t]*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)*\[\^([^\]\s]{1,999})\]:/;
const fencePattern = /^([ \t>]*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)*(?:`{3,}|~{3,}))[ \t]*(.*)$/;

/** Quotes nested deeper are left out. */
const maxQuoteDepth = 8;

/** A piece of the result: of a footnote it is only shown if something refers to it. */
interface Piece {
  readonly text: string;
  readonly footnote: string | null;
}

/**
 * Returns Markdown as the reader of its page sees it, for an agent: without comments, definitions, alternative texts and
 * titles, attributes, hidden elements, unused footnotes and invisible characters. A folded section is replaced by a note. Code
 * stays as it is; of a link its text stays, and a short address. A part that renderers could read in two ways is left out.
 * The text stays untrusted. Linear time.
 */
export function sanitizeMarkdown(text: string): string {
  const blocks = scanMarkdown(text.replace(/\r\n?/g, "\n"));
  const reading: Reading = {
    ...{ hidden: null, leftOut: 0, isOver: false, isInFootnote: false },
    labels: labelsOf(blocks),
    footnotes: new Set(),
  };
  const pieces = readBlocks(blocks, reading, 0);
  // Footnotes stand at the end of the page: behind an element that is still open they are hidden with it.
  const isOpen = reading.hidden !== null || reading.isOver;
  const shown = pieces.filter(({ footnote }) => footnote === null || (!isOpen && reading.footnotes.has(footnote)));
  // Not before: an invisible character keeps a line from being a fence.
  return sanitizeText(shown.map(({ text: piece }) => piece).join("\n"));
}

/** The labels that links may refer to, in every place that could be a definition. */
function labelsOf(blocks: readonly MarkdownBlock[]): ReadonlySet<string> {
  const labels = new Set<string>();
  for (const { kind, lines } of blocks) {
    if (kind === "code") continue;
    const text = lines.join("\n");
    let start: number | null = null;
    for (const { 0: mark, index } of text.matchAll(/\\[\s\S]|[[\]]/g)) {
      if (mark === "[") start = index + 1;
      if (mark !== "]") continue;
      if (start !== null && text[index + 1] === ":")
        labels.add(normalLabel(text.slice(start, Math.min(index, start + 999))));
      start = null;
    }
  }
  return labels;
}

function readBlocks(blocks: readonly MarkdownBlock[], reading: Reading, depth: number): readonly Piece[] {
  const pieces: Piece[] = [];
  let footnote: string | null = null;
  for (const { kind, lines } of blocks) {
    if (reading.isOver) break;
    // The indented blocks after a footnote belong to it.
    if (footnote !== null && kind !== "blank" && !/^(?: {2}|\t)/.test(lines[0] ?? "")) footnote = null;
    reading.isInFootnote = footnote !== null;
    const add = (text: string): void => void pieces.push({ text, footnote });
    if (kind === "blank") {
      if (reading.hidden === null) add(lines.join("\n"));
    } else if (kind === "code") {
      if (reading.hidden === null) add(readCode(lines));
      else reading.leftOut += lines.join("\n").length;
    } else if (kind === "quote") {
      if (depth >= maxQuoteDepth) reading.isOver = true;
      else
        for (const quoted of readQuote(lines, reading, depth))
          pieces.push({ ...quoted, footnote: quoted.footnote ?? footnote });
    } else if (kind === "html") {
      add(readSeenInline(lines.join("\n"), true, reading));
    } else {
      for (const part of splitFootnotes(lines)) {
        footnote = part.label ?? footnote;
        reading.isInFootnote = footnote !== null;
        add(readText(part.lines, reading));
      }
    }
  }
  return pieces;
}

function readQuote(lines: readonly string[], reading: Reading, depth: number): readonly Piece[] {
  const content = lines.map(withoutQuoteMark);
  const pieces = readBlocks(scanMarkdown(content.join("\n")), reading, depth + 1);
  return pieces.map(({ text, footnote }) => ({ text: `> ${text.replaceAll("\n", "\n> ")}`, footnote }));
}

/** A line of a quote without its first mark, and the blank after it. A tab is as wide as its place makes it. */
function withoutQuoteMark(line: string): string {
  const [mark] = /^[ \t]*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)*>/.exec(line) ?? [];
  if (mark === undefined) return line;
  const rest = line.slice(mark.length);
  const [blanks = ""] = /^[ \t]*/.exec(rest) ?? [];
  const width = columnsOf(mark + blanks) - columnsOf(mark);
  return `${" ".repeat(Math.max(0, width - 1))}${rest.slice(blanks.length)}`;
}

function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) columns += character === "\t" ? 4 - (columns % 4) : 1;
  return columns;
}

/** A block of code without the words after its language, and without what a drawn diagram does not show. */
function readCode(lines: readonly string[]): string {
  const [, fence, info = ""] = fencePattern.exec(lines[0] ?? "") ?? [];
  if (fence === undefined) return lines.join("\n");
  const [language = ""] = /^[a-z+#-]{1,12}(?=\s|$)/i.exec(info) ?? [];
  const isDrawn = /^(?:mermaid|geojson|topojson|stl)$/i.test(language);
  const content = lines.slice(1).filter((line) => !isDrawn || !/^\s*%%/.test(line));
  return [`${fence}${language}`, ...content].join("\n");
}

/** Splits a paragraph where a footnote's definition begins. */
function splitFootnotes(
  lines: readonly string[],
): readonly { readonly label: string | null; readonly lines: string[] }[] {
  const parts: { label: string | null; lines: string[] }[] = [];
  for (const line of lines) {
    const [, label] = footnoteDefinitionPattern.exec(line) ?? [];
    if (label !== undefined)
      parts.push({ label: normalLabel(label), lines: [line.replace(/\[\^[^\]\s]+\]:/, (mark) => `\\${mark}`)] });
    else if (parts.length === 0) parts.push({ label: null, lines: [line] });
    else parts.at(-1)?.lines.push(line);
  }
  return parts;
}

function readText(lines: readonly string[], reading: Reading): string {
  const table = lines.findIndex((line, index) => isDelimiterRow(line) && isHeaderOf(lines[index - 1], line));
  if (table !== -1) {
    const before = table > 1 ? [readText(lines.slice(0, table - 1), reading)] : [];
    return [...before, readTable(lines.slice(table - 1), reading)].join("\n");
  }
  const text = lines.join("\n");
  const [marks = ""] = markPattern.exec(text) ?? [];
  let start = marks.length;
  for (;;) {
    const definition = readLinkDefinition(text, start);
    if (definition === null) break;
    if (definition === "doubtful") reading.isOver = true;
    if (definition === "doubtful") return "";
    start = definition.end;
  }
  const isDefined = start > marks.length;
  return readSeenInline(isDefined ? text.slice(start) : text, false, reading);
}

function isDelimiterRow(line: string): boolean {
  return (
    /^[ \t]*[|:-][|: \t-]*$/.test(line) &&
    /[|:]/.test(line) &&
    cellsOf(line).every((cell) => /^:?-+:?$/.test(cell.trim()))
  );
}

/** A table needs a cell in its first row for each column (GFM, "Tables"). */
function isHeaderOf(line: string | undefined, delimiter: string): boolean {
  return line !== undefined && cellsOf(line).length === cellsOf(delimiter).length;
}

/** Cells are read one by one, and those that the heading has no column for are not shown. */
function readTable(lines: readonly string[], reading: Reading): string {
  const columns = cellsOf(lines[1] ?? "").length;
  const rows: string[] = [];
  for (const line of lines) {
    const all = cellsOf(line);
    const cells = all.slice(0, columns);
    // Where the lines are not a table after all, a tag in them counts.
    reading.isOver ||= cells.some(isCutTag) || all.slice(columns).some((cell) => cell.includes("<"));
    if (reading.isOver) return "";
    rows.push(`|${cells.map((cell) => readSeenInline(cell, false, reading)).join("|")}|`);
  }
  return rows.join("\n");
}

function cellsOf(line: string): readonly string[] {
  const row = line
    .trim()
    .replace(/^\|/, "")
    .replace(/(?<!\\)\|$/, "");
  return row.split(/(?<!\\)\|/);
}

/** Returns true for a cell with the beginning of a tag alone: in a text that is not a table the tag would go on. */
function isCutTag(cell: string): boolean {
  return cell.includes("<") && /<[A-Za-z/!?]/.test(cell.replace(new RegExp(htmlTagPattern.source, "g"), ""));
}
