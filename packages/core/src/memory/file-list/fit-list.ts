/** As many of the paths, one a line, as fit into so many characters; the last line says how many are not there, if it is known. */
export function fitList(paths: readonly string[], isComplete: boolean, maxCharacters: number): string {
  const closing = (missing: number): string => (isComplete ? `(and ${missing} more files)` : "(and more files)");
  const room = maxCharacters - closing(paths.length).length;
  const whole = paths.join("\n");
  if (isComplete && whole.length <= maxCharacters) return whole;
  const lines: string[] = [];
  let length = 0;
  for (const path of paths) {
    length += path.length + 1;
    if (length > room) break;
    lines.push(path);
  }
  return room < 0 ? "" : [...lines, closing(paths.length - lines.length)].join("\n");
}
