import { randomBytes } from "node:crypto";
import type { TextSpan } from "../../task/text-span.js";
import { sanitizeText } from "../../text/sanitize-text.js";

/**
 * Wraps strangers' text so that nothing in it can pass for the end of the wrapping: a boundary of 128 random bits per
 * prompt, and the text itself as one JSON string.
 */
export function createFence(): (span: TextSpan) => string {
  const boundary = randomBytes(16).toString("hex");
  return ({ source, authorId, text }) =>
    [
      `<untrusted-${boundary} source=${JSON.stringify(source)} author=${JSON.stringify(authorId ?? "unknown")}>`,
      JSON.stringify(sanitizeText(text)),
      `</untrusted-${boundary}>`,
    ].join("\n");
}
