/**
 * Cuts a text to at most `maxLength` UTF-16 units, with a note at its end and never inside a character. A text that fits
 * is returned unchanged.
 */
export function capText(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const note = `\n\n[cut: the text had ${text.length} characters]`;
  const end = Math.max(0, maxLength - note.length);
  const last = text.charCodeAt(end - 1);
  const isInsidePair = last >= 0xd800 && last <= 0xdbff;
  return `${text.slice(0, isInsidePair ? end - 1 : end)}${note}`.slice(0, maxLength);
}
