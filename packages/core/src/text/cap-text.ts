import { maxNameLength, nameSchema } from "../task/name.js";
import { sanitizeText } from "./sanitize-text.js";

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** The longest character that is kept whole, in UTF-16 units; hundreds of marks can be piled on one letter. */
const maxCharacterLength = 64;

/**
 * Returns the beginning of a text, at most `maxLength` UTF-16 units of it. It ends between two characters as a reader counts
 * them: no emoji, flag or letter with its accents is cut in two.
 */
export function cutText(text: string, maxLength: number): string {
  const end = Math.max(0, maxLength);
  if (text.length <= end) return text;
  // Two more units hold the whole code point after the end, which may continue the character before it.
  const start = graphemes.segment(text.slice(0, end + 2)).containing(end)?.index ?? end;
  if (end - start <= maxCharacterLength) return text.slice(0, start);
  return text.slice(0, end).replace(/[\ud800-\udbff]$/, "");
}

/** {@link cutText} for a few words: a text that was cut ends in `…`, within the limit. */
export function shortenText(text: string, maxLength: number): string {
  return text.length <= maxLength ? text : cutText(`${cutText(text, maxLength - 1).trimEnd()}…`, maxLength);
}

/** {@link cutText} for a long text: one that was cut ends in a note with its length, within the limit. */
export function capText(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const note = `\n\n[cut: the text had ${text.length} characters]`;
  return cutText(`${cutText(text, maxLength - note.length)}${note}`, maxLength);
}

/** Returns a text as one line without invisible characters, e.g. a title, shortened to `maxLength` UTF-16 units. */
export function toLine(text: string, maxLength: number): string {
  return shortenText(sanitizeText(text).replace(/\s+/g, " ").trim(), maxLength);
}

/** Cuts a text to a name: an id that a store looks things up by. */
export function cutToName(text: string): string {
  return nameSchema.safeParse(text).success ? text : cutText(text, maxNameLength);
}

/** The size that one piece of an answer counts at least, in bytes: its bookkeeping takes memory too. */
const minPieceBytes = 64;

/**
 * Returns the text of another server's answer. Such a server may send without an end: of a longer text the rest is not read.
 *
 * @param maxBytes - Maximum size in bytes, after decompression.
 * @throws RangeError for a longer text; an error of `fetch` for one that breaks off.
 */
export async function readText(response: Response, maxBytes: number): Promise<string> {
  const pieces: Uint8Array[] = [];
  let counted = 0;
  // Leaving the loop cancels the body.
  for await (const piece of response.body ?? []) {
    counted += Math.max(piece.length, minPieceBytes);
    if (counted > maxBytes) throw new RangeError(`The answer is longer than ${maxBytes} bytes`);
    pieces.push(piece);
  }
  return new TextDecoder().decode(Buffer.concat(pieces));
}
