/** Makes text of the agent fit to store: without the secret, without NUL (PostgreSQL refuses it), at most `maxBytes`. */
export type CleanText = (text: string, maxBytes: number) => string;

const note = " [cut]";

/** A {@link CleanText} for the secret of a run. It cuts at a whole character and marks the cut. */
export function createCleanText(secret: string | undefined): CleanText {
  return (text, maxBytes) => {
    const clean = (secret === undefined ? text : text.replaceAll(secret, "[redacted]")).replaceAll("\0", "");
    const bytes = Buffer.from(clean, "utf8");
    if (bytes.length <= maxBytes) return bytes.toString("utf8");
    let end = maxBytes - Buffer.byteLength(note);
    while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
    return bytes.subarray(0, end).toString("utf8") + note;
  };
}
