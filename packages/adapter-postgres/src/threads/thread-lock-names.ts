/** The names to lock, as `namedLocks` does, before a thread is looked up by these aliases to be joined or renamed. */
export function threadLockNames(aliases: readonly string[]): readonly string[] {
  return aliases.map((alias) => `thread:${alias}`);
}
