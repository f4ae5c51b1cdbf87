import { stripHtmlComments } from "../markdown/strip-html-comments.js";
import { stripInvisible } from "./invisible-characters.js";

/**
 * Removes the characters and HTML comments that a reader of the rendered page does not see. The text stays untrusted: it
 * then holds what its readers saw, and nothing is known about their intent. Idempotent, linear time.
 */
export function sanitizeText(text: string): string {
  return stripHtmlComments(stripInvisible(text));
}
