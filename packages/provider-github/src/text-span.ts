import type { TextSpan } from "@agentbot/core";
import { capText, sanitizeText } from "@agentbot/core/adapter";
import { sanitizeMarkdown } from "@agentbot/core/markdown";

/** The longest text taken into a task, in UTF-16 units: GitHub's limit for a comment. Bodies sent by API can be longer. */
const maxSpanLength = 65_536;

/** The author of a text as GitHub's payloads and answers name them; a null `user` is a deleted account. */
export interface Authored {
  readonly user?: { readonly id: string | number } | null | undefined;
  /** GitHub's word for the author's relation to the repository, such as `MEMBER`. */
  readonly author_association?: string | null | undefined;
}

/**
 * A piece of Markdown with its author, cut and sanitized; null if nothing is left of it. `permission` is GitHub's
 * association in lower case: `owner` and `member` describe the author and do not prove that they may write.
 */
export function textSpan(source: string, author: Authored, markdown: string): TextSpan | null {
  return toSpan(source, author, sanitizeMarkdown(capText(markdown, maxSpanLength)));
}

/** {@link textSpan} for a text that is shown as it is, such as a title. */
export function plainSpan(source: string, author: Authored, text: string): TextSpan | null {
  return toSpan(source, author, sanitizeText(capText(text, maxSpanLength)));
}

function toSpan(source: string, author: Authored, clean: string): TextSpan | null {
  if (clean.trim() === "") return null;
  const { user, author_association: association } = author;
  return {
    source,
    authorId: user ? String(user.id) : null,
    permission: association ? association.toLowerCase() : null,
    text: clean,
  };
}

/** The lines that a review comment is about, by path and hunk of the diff; null if GitHub names none. */
export function commentedLines(
  comment: { readonly path: string; readonly line?: number | null | undefined; readonly diff_hunk: string },
  maxHunkLength = maxSpanLength,
): TextSpan | null {
  if (comment.diff_hunk === "") return null;
  const place = comment.line ? `${comment.path}:${comment.line}` : comment.path;
  return plainSpan("commented lines", {}, `${place}\n${endOf(comment.diff_hunk, maxHunkLength)}`);
}

/** The last lines of a hunk: the commented one is its last. */
function endOf(hunk: string, maxLength: number): string {
  return hunk.length <= maxLength ? hunk : hunk.slice(-maxLength).replace(/^[^\n]*\n/, "");
}
