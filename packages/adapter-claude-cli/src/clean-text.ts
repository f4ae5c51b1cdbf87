/** Makes text of the agent fit to be kept: the secret out, NUL out (PostgreSQL refuses it), and no longer than `maxBytes`. */
export type CleanText = (text: string, maxBytes: number) => string;

const note = " [cut]";

/** Makes the {@link CleanText} of a run. Cuts at whole characters and says that it did. */
export function createCleanText(secret: string | undefined): CleanText {
  return (text, maxBytes) => {
    const spoken = (secret === undefined ? text : text.replaceAll(secret, "[redacted]")).replaceAll("\0", "");
    const bytes = Buffer.from(spoken, "utf8");
    if (bytes.length <= maxBytes) return bytes.toString("utf8");
    let end = maxBytes - Buffer.byteLength(note);
    while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
    return bytes.subarray(0, end).toString("utf8") + note;
  };
}
