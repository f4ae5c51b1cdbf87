/**
 * Lets calls share work that each of them needs begun no earlier than its call: those that come while it is being done
 * wait for the next time, together.
 */
export function shareNext<Value>(work: () => Promise<Value>): () => Promise<Value> {
  let current: Promise<Value> | null = null;
  let next: Promise<Value> | null = null;
  const begin = (): Promise<Value> => {
    const begun = work();
    current = begun;
    const end = (): void => {
      if (current === begun) current = null;
    };
    begun.then(end, end);
    return begun;
  };
  const beginNext = (): Promise<Value> => {
    next = null;
    return begin();
  };
  return () => {
    if (current === null) return begin();
    next ??= current.then(beginNext, beginNext);
    return next;
  };
}
