/**
 * The environment of a child process: the named variables of `source` that are set, and `extra` on top. Nothing that is
 * not on the list gets through, so a secret of the parent can't leak by being forgotten.
 *
 * @example
 * environmentFrom(process.env, ["PATH", "LANG"], { HOME: home });
 */
export function environmentFrom(
  source: Readonly<Record<string, string | undefined>>,
  allowedNames: readonly string[],
  extra: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const name of allowedNames) {
    const value = source[name];
    if (value !== undefined) environment[name] = value;
  }
  return { ...environment, ...extra };
}
