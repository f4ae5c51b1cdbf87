import { stripHtmlComments } from "../markdown/strip-html-comments.js";
import { stripInvisible } from "./invisible-characters.js";

/**
 * Cleans a text that a stranger wrote before anything reads it: no character or HTML comment remains that a reader of
 * the rendered page would not see. Idempotent, linear time. It makes a text honest, not harmless: it stays untrusted.
 */
export function sanitizeText(text: string): string {
  return stripHtmlComments(stripInvisible(text));
}
