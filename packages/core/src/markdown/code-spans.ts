/** Finds where a Markdown code span ends: the position after its closing backticks, or null if nothing closes it. */
export type CodeSpanFinder = (start: number, tickCount: number) => number | null;

/**
 * Prepares the search for code spans (CommonMark §6.1) in one paragraph. Calls must go from left to right; all of them
 * together take linear time.
 */
export function createCodeSpanFinder(text: string): CodeSpanFinder {
  const runsByLength = new Map<number, { readonly starts: number[]; next: number }>();
  for (const match of text.matchAll(/`+/g)) {
    const runs = runsByLength.get(match[0].length) ?? { starts: [], next: 0 };
    runs.starts.push(match.index);
    runsByLength.set(match[0].length, runs);
  }
  return (start, tickCount) => {
    const runs = runsByLength.get(tickCount);
    if (!runs) return null;
    while ((runs.starts[runs.next] ?? Number.POSITIVE_INFINITY) < start + tickCount) runs.next += 1;
    const close = runs.starts[runs.next];
    return close === undefined ? null : close + tickCount;
  };
}
