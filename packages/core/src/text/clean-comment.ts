import { capText } from "./cap-text.js";
import { createCodeSpanFinder } from "./code-spans.js";
import { sanitizeText } from "./sanitize-text.js";
import { type MarkdownBlock, scanMarkdown } from "./scan-markdown.js";

/** The longest comment GitHub stores; no provider stores more. */
export const maxCommentLength = 65_536;

/** How {@link cleanComment} treats a text. */
export interface CleanCommentOptions {
  /** Login names that may be mentioned, without `@`: the person who asked. @defaultValue none */
  readonly mentionable?: readonly string[];
  /** In UTF-16 units. @defaultValue 65,536 */
  readonly maxLength?: number;
}

const zeroWidthSpace = "\u200b";
const mentionPattern = /(?<![A-Za-z0-9])@([A-Za-z0-9](?:[A-Za-z0-9._/-]{0,79}))/g;
const closingPattern =
  /\b((?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?[ \t]{1,8}(?:[\w.-]{1,100}\/[\w.-]{1,100})?(?:#|GH-))(?=\d)/gi;

/** Puts a zero-width space after the `@` of every mention, so that nobody is notified, except those named. */
export function neutralizeMentions(text: string, mentionable: readonly string[] = []): string {
  const allowed = new Set(mentionable.map((login) => login.toLowerCase()));
  return text.replace(mentionPattern, (mention, name: string) =>
    allowed.has(name.replace(/[._/-]+$/, "").toLowerCase()) ? mention : `@${zeroWidthSpace}${name}`,
  );
}

function cleanProse(text: string, mentionable: readonly string[]): string {
  const inert = text
    .replace(/<(?=[A-Za-z/!?])/g, "&lt;")
    .replace(/!(?=\[)/g, "\\!")
    .replace(closingPattern, `$1${zeroWidthSpace}`);
  return neutralizeMentions(inert, mentionable);
}

function cleanBlock({ kind, lines }: MarkdownBlock, mentionable: readonly string[]): string {
  const text = lines.join("\n");
  if (kind === "code") return text;
  const findCodeSpanEnd = createCodeSpanFinder(text);
  // A link definition may hold a backtick that then opens no code.
  const hasCode = kind === "text" && !/^\s*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+){0,9}\[[^\]]*\]:/.test(text);
  const ticks = hasCode ? /\\[\s\S]|`+/g : /(?!)/g;
  const output: string[] = [];
  let position = 0;
  for (let token = ticks.exec(text); token; token = ticks.exec(text)) {
    const end = token[0].startsWith("`") ? findCodeSpanEnd(token.index, token[0].length) : null;
    if (end === null) continue;
    // A span over a line's end may be cut by a block; then nobody knows what is code after it.
    if (text.slice(token.index, end).includes("\n")) break;
    output.push(cleanProse(text.slice(position, token.index), mentionable), text.slice(token.index, end));
    position = end;
    ticks.lastIndex = end;
  }
  output.push(cleanProse(text.slice(position), mentionable));
  return output.join("");
}

/** A code block that was left open would swallow what stands after the text; this closes it. */
function openFence(blocks: readonly MarkdownBlock[]): string | null {
  const last = blocks.at(-1);
  const fence = /^[ \t]*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)*(`{3,}|~{3,})/.exec(last?.lines[0] ?? "")?.[1];
  if (last?.kind !== "code" || fence === undefined) return null;
  const closing = last.lines.length > 1 ? last.lines.at(-1)?.trim() : "";
  return closing?.startsWith(fence) && closing === fence.charAt(0).repeat(closing.length) ? null : fence;
}

/**
 * Makes a text of the agent's fit to be part of a comment: mentions and closing words are neutralized, raw HTML and
 * images shown as text, invisible characters and comments removed, an open code block closed. So it can neither notify
 * strangers nor carry the marker of a task. Code keeps its letters. Linear time.
 */
export function cleanComment(text: string, options: CleanCommentOptions = {}): string {
  const maxLength = options.maxLength ?? maxCommentLength;
  const blocks = scanMarkdown(sanitizeText(capText(text, maxLength)), false);
  const fence = openFence(blocks);
  const cleaned = blocks.map((block) => cleanBlock(block, options.mentionable ?? [])).join("\n");
  const unmarked = cleaned.replace(/<!--(?=\s{0,32}agentbot:)/gi, "<! --");
  return capText(fence === null ? unmarked : `${unmarked}\n${fence}`, maxLength);
}
