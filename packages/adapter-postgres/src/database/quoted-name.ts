/** A name as SQL, in this very case: a channel of `LISTEN` cannot be a parameter. */
export function quotedName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
