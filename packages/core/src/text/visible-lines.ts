import { stripInvisible } from "./invisible-characters.js";
import { type InlineState, readVisibleInline } from "./read-visible-inline.js";
import { scanMarkdown } from "./scan-markdown.js";

const definitionPattern =
  /^ {0,3}\[(?!\^)(?:[^\]\\[]|\\.)+\]:\s*(?:<[^<>\n]*>|[^\s<]\S*)(?:[ \t]*(?:\n[ \t]*)?(?:"[^"]*"|'[^']*'|\([^()]*\)))?[ \t]*(?:\n|$)/;

/** RFC 3676 §4.3, and the line above a forwarded message. */
const signaturePattern = /^(?:-- ?|-{2,} ?Original Message ?-{2,}|_{16,})$/i;

/** Removes the link definitions a paragraph begins with: they are never shown. */
function withoutDefinitions(text: string): string {
  let rest = text;
  for (let match = definitionPattern.exec(rest); match; match = definitionPattern.exec(rest)) {
    rest = rest.slice(match[0].length);
  }
  return rest;
}

/** The visible lines with their invisible characters, which decide whether a mention is one. */
export function readVisibleLines(text: string): string[] {
  const state: InlineState = { hiddenUntil: null, isOver: false };
  const visible: string[] = [];
  for (const block of scanMarkdown(text.replace(/\r\n?/g, "\n"))) {
    if (state.isOver) break;
    if (block.kind === "code" || block.kind === "quote") continue;
    const signature = block.lines.findIndex((line) => signaturePattern.test(line));
    const lines = signature === -1 ? block.lines : block.lines.slice(0, signature);
    const source = block.kind === "text" ? withoutDefinitions(lines.join("\n")) : lines.join("\n");
    visible.push(...readVisibleInline(source, block.kind === "html", state).split("\n"));
    if (signature !== -1) break;
  }
  return visible;
}

/**
 * What a reader of the rendered Markdown sees, line by line: no quotes, code blocks, HTML comments (an unterminated one
 * hides all that follows), link definitions, e-mail signatures or invisible characters. When in doubt a text is hidden.
 * Linear time.
 */
export function visibleLines(text: string): readonly string[] {
  return readVisibleLines(text).map((line) => stripInvisible(line));
}
