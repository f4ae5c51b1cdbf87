import { type HtmlBlockRule, htmlBlockRules } from "./html-tag.js";

/** Consecutive lines of one kind. `code` is fenced or indented, `quote` keeps its `>` marks, `text` its list marks. */
export interface MarkdownBlock {
  readonly kind: "text" | "html" | "code" | "quote" | "blank";
  readonly lines: string[];
}

/** Lists nested deeper than this on one line are read as text: it keeps the scan linear. */
const maxListMarksPerLine = 100;

const fencePattern = /^(?:(`{3,})[^`]*|(~{3,}).*)$/;
const listMarkPattern = /^(?:[-+*]|\d{1,9}[.)])(?=[ \t]|$)/;
const breakPattern = /^(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$/;
const underlinePattern = /^(?:=+|-+)[ \t]*$/;
const footnotePattern = /^[ \t]*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)*\[\^[^\]\s]{1,999}\]:/;
const delimiterRowPattern = /^(?=[^|:]*[|:])[|: \t-]*-[|: \t-]*$/;
const headingPattern = /^#{1,6}(?:[ \t]|$)/;

/** The column of the first character that is not a space or tab (tab stops of 4), counted from `column`. */
function readIndent(line: string, column: number): { readonly column: number; readonly rest: string } {
  let index = 0;
  let at = column;
  for (; line[index] === " " || line[index] === "\t"; index += 1) at += line[index] === "\t" ? 4 - (at % 4) : 1;
  return { column: at, rest: line.slice(index) };
}

/** The characters that a line can begin with which is more than text: most lines need no other look. */
const blockMarkPattern = /^[`~#*_\-+\d<>=]/;

/** Returns true for a line that begins a block of its own, and so is not the lazy continuation of a paragraph. */
function startsBlock(rest: string): boolean {
  if (!blockMarkPattern.test(rest)) return false;
  if (rest.startsWith("<")) return htmlBlockRules.some((rule) => rule.canInterruptParagraph && rule.start.test(rest));
  return (
    rest.startsWith(">") ||
    fencePattern.test(rest) ||
    headingPattern.test(rest) ||
    breakPattern.test(rest) ||
    /^(?:[-+*]|1[.)])[ \t]+\S/.test(rest)
  );
}

function closesFence(rest: string, mark: string): boolean {
  const trimmed = rest.trimEnd();
  return trimmed.length >= mark.length && trimmed === mark.charAt(0).repeat(trimmed.length);
}

/** The place of a line: its kind, whether it continues the block before, and whether that block ends with it. */
interface Placement {
  readonly kind: MarkdownBlock["kind"];
  readonly continues: boolean;
  readonly isEnd?: boolean;
}

/** The state of the scan: which containers and blocks are open. */
function createLineReader(): (line: string) => Placement {
  const lists: number[] = [];
  let fence: { readonly mark: string; readonly depth: number } | null = null;
  let html: { readonly end: RegExp | null; readonly depth: number } | null = null;
  let isItemEmpty = false;
  let open: MarkdownBlock["kind"] | null = null;
  let quoteCanContinue = false;
  let quoteFence: string | null = null;
  let quoteHtml: HtmlBlockRule | null = null;
  let isOpenToBlocks = false;

  const readBlank = (): Placement => {
    // A list item that begins with two blank lines is over.
    if (isItemEmpty) lists.pop();
    isItemEmpty = false;
    if (fence) return { kind: "code", continues: true };
    if (html?.end) return { kind: "html", continues: true };
    html = null;
    quoteCanContinue = false;
    quoteFence = null;
    quoteHtml = null;
    return { kind: "blank", continues: true };
  };

  const readQuote = (rest: string, continues: boolean): Placement => {
    const content = rest.replace(/^(?:>[ \t]{0,3}){1,100}/, "").trim();
    if (open !== "quote" || !continues) quoteFence = quoteHtml = null;
    quoteHtml ??= htmlBlockRules.find((rule) => rule.start.test(content)) ?? null;
    const isHtml = quoteHtml !== null;
    if (quoteHtml?.end ? quoteHtml.end.test(content) : content === "") quoteHtml = null;
    const mark = fencePattern.exec(content);
    quoteCanContinue = false;
    if (quoteFence !== null) {
      if (closesFence(content, quoteFence)) quoteFence = null;
    } else if (mark) {
      quoteFence = mark[1] ?? mark[2] ?? null;
    } else {
      quoteCanContinue = !isHtml && content !== "" && !headingPattern.test(content) && !breakPattern.test(content);
    }
    return { kind: "quote", continues };
  };

  const readHtml = (rest: string, end: RegExp | null): Placement => {
    const isEnd = end?.test(rest) ?? false;
    html = isEnd ? null : { end, depth: lists.length };
    return { kind: "html", continues: false, isEnd };
  };

  /** The place of a line inside a block that is still open; null for a line that begins a block. HTML without an end mark ends at a blank line. */
  const readInside = (column: number, rest: string, depth: number): Placement | null => {
    if (fence && fence.depth <= depth) {
      const isEnd = column - (lists[depth - 1] ?? 0) <= 3 && closesFence(rest, fence.mark);
      if (isEnd) fence = null;
      return { kind: "code", continues: true, isEnd };
    }
    if (html && html.depth <= depth) {
      const isEnd = html.end?.test(rest) ?? false;
      if (isEnd) html = null;
      return { kind: "html", continues: true, isEnd };
    }
    const isIndented = column - (lists[depth - 1] ?? 0) > 3;
    // A lazy line may begin HTML that could not interrupt a paragraph.
    const beginsHtml = rest.startsWith("<") && htmlBlockRules.some((rule) => rule.start.test(rest));
    if (!isIndented && (beginsHtml || startsBlock(rest))) return null;
    if (open === "quote" && quoteCanContinue) return { kind: "quote", continues: true };
    return open === "text" && depth < lists.length ? { kind: "text", continues: true } : null;
  };

  /** The place of a line by its content after the containers; `isFirst` while no list mark was read from it, `isLazy` if it left lists. */
  const readStart = (column: number, rest: string, isFirst: boolean, marksLeft: number, isLazy = false): Placement => {
    const isContinuation = isFirst && open === "text" && !isLazy;
    if (column - (lists.at(-1) ?? 0) >= 4) {
      if (isFirst) return { kind: isContinuation ? "text" : "code", continues: true };
      return { kind: "text", continues: false, isEnd: true };
    }
    if (rest.startsWith(">")) return readQuote(rest, isFirst && !isLazy);
    if (!blockMarkPattern.test(rest)) return { kind: "text", continues: isContinuation };
    const mark = fencePattern.exec(rest);
    if (mark) {
      fence = { mark: mark[1] ?? mark[2] ?? "", depth: lists.length };
      return { kind: "code", continues: false };
    }
    const rule = rest.startsWith("<")
      ? htmlBlockRules.find(
          (each) => (each.canInterruptParagraph || !isContinuation || isOpenToBlocks) && each.start.test(rest),
        )
      : undefined;
    if (rule) return readHtml(rest, rule.end);
    if (headingPattern.test(rest)) return { kind: "text", continues: false, isEnd: true };
    if (breakPattern.test(rest)) return { kind: "text", continues: isContinuation, isEnd: true };
    if (isContinuation && underlinePattern.test(rest)) return { kind: "text", continues: true, isEnd: true };
    const listMark = marksLeft === 0 ? null : listMarkPattern.exec(rest);
    if (!listMark) return { kind: "text", continues: isContinuation };
    const afterMark = column + listMark[0].length;
    const content = readIndent(rest.slice(listMark[0].length), afterMark);
    lists.push(content.rest !== "" && content.column - afterMark <= 4 ? content.column : afterMark + 1);
    isItemEmpty = content.rest === "";
    if (isItemEmpty) return { kind: "text", continues: false, isEnd: true };
    return readStart(content.column, content.rest, false, marksLeft - 1);
  };

  const read = (line: string): Placement => {
    const { column, rest } = readIndent(line, 0);
    if (rest === "") return readBlank();
    isItemEmpty = false;
    let depth = 0;
    while (depth < lists.length && column >= (lists[depth] ?? 0)) depth += 1;
    const inside = readInside(column, rest, depth);
    if (inside) return inside;
    fence = null;
    html = null;
    const isLazy = depth < lists.length;
    lists.length = depth;
    return readStart(column, rest, true, maxListMarksPerLine, isLazy);
  };

  return (line) => {
    const placement = read(line);
    // Unlike a paragraph, a table and a footnote end where any block begins.
    const isRow = placement.continues && delimiterRowPattern.test(line);
    isOpenToBlocks =
      placement.kind === "text" && ((isOpenToBlocks && placement.continues) || isRow || footnotePattern.test(line));
    open = placement.isEnd ? null : placement.kind;
    return placement;
  };
}

/** Splits Markdown into blocks as a renderer does (CommonMark §4-5); joined again, their lines are the text. Linear time. */
export function scanMarkdown(text: string): MarkdownBlock[] {
  const blocks: MarkdownBlock[] = [];
  const readLine = createLineReader();
  let isOpen = false;
  for (const line of text.split("\n")) {
    const { kind, continues, isEnd = false } = readLine(line);
    const last = blocks.at(-1);
    if (continues && isOpen && last?.kind === kind) last.lines.push(line);
    else blocks.push({ kind, lines: [line] });
    isOpen = !isEnd;
  }
  return blocks;
}

/** Finds where a Markdown code span ends: the position after its closing backticks, or null if nothing closes it. */
export type CodeSpanFinder = (start: number, tickCount: number) => number | null;

/**
 * Prepares the search for code spans (CommonMark §6.1) in one paragraph. Calls must go from left to right; all of them
 * together take linear time.
 */
export function createCodeSpanFinder(text: string): CodeSpanFinder {
  const runsByLength = new Map<number, { readonly starts: number[]; next: number }>();
  for (const match of text.matchAll(/`+/g)) {
    const runs = runsByLength.get(match[0].length) ?? { starts: [], next: 0 };
    runs.starts.push(match.index);
    runsByLength.set(match[0].length, runs);
  }
  return (start, tickCount) => {
    const runs = runsByLength.get(tickCount);
    if (!runs) return null;
    while ((runs.starts[runs.next] ?? Number.POSITIVE_INFINITY) < start + tickCount) runs.next += 1;
    const close = runs.starts[runs.next];
    return close === undefined ? null : close + tickCount;
  };
}
