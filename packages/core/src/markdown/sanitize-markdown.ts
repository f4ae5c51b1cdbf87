import { sanitizeText } from "../text/sanitize-text.js";
import { createCodeSpanFinder, type MarkdownBlock, scanMarkdown } from "./scan-markdown.js";

const commentPattern = /<!--(?:>|->|[\s\S]*?(?:-->|--!>|$))/g;

/** One block without its comments; `isCutOff` if an unterminated one hides the rest of the page. */
function stripBlock(block: MarkdownBlock): { readonly text: string; readonly isCutOff: boolean } {
  const text = block.lines.join("\n");
  if (block.kind === "code" || !text.includes("<!--")) return { text, isCutOff: false };
  const findCodeSpanEnd = createCodeSpanFinder(text);
  // In HTML neither a backslash nor a backtick protects a comment; a quote may hold some.
  const isHtml = block.kind === "html" || (block.kind === "quote" && /<\/?[A-Za-z]/.test(text));
  const tokens = isHtml ? /<!--/g : /\\[\s\S]|`+|<!--/g;
  let output = "";
  let position = 0;
  for (let token = tokens.exec(text); token; token = tokens.exec(text)) {
    if (token[0].startsWith("`")) tokens.lastIndex = findCodeSpanEnd(token.index, token[0].length) ?? tokens.lastIndex;
    if (token[0] !== "<!--") continue;
    const close = text.indexOf("-->", token.index + 2);
    // The space keeps the characters around a comment from joining into a new one.
    output += `${text.slice(position, token.index)} `;
    if (close === -1) return { text: output, isCutOff: true };
    position = close + 3;
    tokens.lastIndex = position;
  }
  return { text: output + text.slice(position), isCutOff: false };
}

function stripOutsideCode(text: string): string {
  const kept: string[] = [];
  for (const block of scanMarkdown(text)) {
    const stripped = stripBlock(block);
    kept.push(stripped.text);
    if (stripped.isCutOff) break;
  }
  return kept.join("\n");
}

/**
 * Removes HTML comments as a renderer does, an unterminated one with the rest of the text; code that shows one keeps it. A
 * text that would change the second time loses every comment, in code too.
 */
function stripHtmlComments(text: string): string {
  if (!text.includes("<!--")) return text;
  const once = stripOutsideCode(text);
  return stripOutsideCode(once) === once ? once : once.replace(commentPattern, " ").replaceAll("<!--", " ");
}

/**
 * Removes the characters and HTML comments that a reader of the rendered page does not see. The text stays untrusted: it
 * then holds what its readers saw, and nothing is known about their intent. Linear time, idempotent.
 */
export function sanitizeMarkdown(text: string): string {
  return stripHtmlComments(sanitizeText(text));
}
