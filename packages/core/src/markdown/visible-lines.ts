import { sanitizeText } from "../text/sanitize-text.js";
import { type InlineState, readVisibleInline } from "./read-visible-inline.js";
import { scanMarkdown } from "./scan-markdown.js";

const definitionPattern =
  /^ {0,3}\[(?!\^)(?:[^\]\\[]|\\.)+\]:\s*(?:<[^<>\n]*>|(?:[^\s<()`]|\([^\s()`]*\))+)(?:[ \t]*(?:\n[ \t]*)?(?:"[^"]*"|'[^']*'|\([^()]*\)))?[ \t]*(?:\n|$)/;

/** RFC 3676 §4.3, and the line above a forwarded message. */
const signaturePattern = /^(?:-- ?|-{2,} ?Original Message ?-{2,}|_{16,})$/i;

/** Quotes nested deeper are treated as HTML, which hides more. */
const maxQuoteDepth = 8;

/** Removes the link definitions a paragraph begins with: they are never shown. Code may follow them, but no paragraph. */
function withoutDefinitions(text: string, state: InlineState): string {
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
  for (const block of scanMarkdown(text)) {
    if (state.isOver) break;
    if (block.kind === "quote") readQuote(block.lines, state, depth);
    if (block.kind === "code" || block.kind === "quote") continue;
    const signature = depth === 0 ? block.lines.findIndex((line) => signaturePattern.test(line)) : -1;
    const lines = signature === -1 ? block.lines : block.lines.slice(0, signature);
    const source = block.kind === "text" ? withoutDefinitions(lines.join("\n"), state) : lines.join("\n");
    visible.push(...readVisibleInline(source, block.kind === "html", state).split("\n"));
    if (signature !== -1) break;
  }
  return visible;
}

/** The visible lines with their invisible characters, which can turn a name into another one. */
export function readVisibleLines(text: string): string[] {
  return readBlocks(text.replace(/\r\n?/g, "\n"), { hiddenUntil: null, isOver: false }, 0);
}

/**
 * The lines that a reader of the rendered Markdown sees, without quotes, code blocks, HTML comments (an unterminated one
 * hides the rest), link definitions, e-mail signatures and invisible characters. A doubtful text is hidden. Linear time.
 */
export function visibleLines(text: string): readonly string[] {
  return readVisibleLines(text).map((line) => sanitizeText(line));
}
