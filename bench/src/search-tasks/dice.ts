/** Chance that repeats: the same seed, the same throws. */
export interface Dice {
  /** A whole number from 0 on, below `size`, each as likely. */
  below(size: number): number;
  /** The same, the low ones far more often. */
  skewed(size: number): number;
  /** A made-up word. */
  word(): string;
  /** `words` words of a vocabulary, its first ones far more often. */
  text(vocabulary: readonly string[], words: number): string;
}

/** Makes dice. */
export function createDice(seed: number): Dice {
  let state = seed;
  // mulberry32
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (size: number): number => Math.floor(next() * size);
  const skewed = (size: number): number => Math.floor(size * next() ** 4);
  return {
    below,
    skewed,
    word: () => Array.from({ length: 4 + below(8) }, () => "abcdefghijklmnopqrstuvwxyz"[below(26)]).join(""),
    text: (vocabulary, words) =>
      Array.from({ length: words }, () => vocabulary[skewed(vocabulary.length)]).join(below(10) === 0 ? ", " : " "),
  };
}
