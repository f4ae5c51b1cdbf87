/** Collects what is asked for in one turn, so that it goes out together. */
export interface Batches<Item> {
  add(item: Item): Promise<void>;
}

interface Pending<Item> {
  readonly item: Item;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Makes {@link Batches} of at most `size` items; a batch succeeds or fails as one. */
export function createBatches<Item>(size: number, send: (items: readonly Item[]) => Promise<void>): Batches<Item> {
  let pending: Pending<Item>[] = [];

  const flush = (): void => {
    const all = pending;
    pending = [];
    for (let from = 0; from < all.length; from += size) {
      const batch = all.slice(from, from + size);
      send(batch.map(({ item }) => item)).then(
        () => {
          for (const { resolve } of batch) resolve();
        },
        (error: unknown) => {
          for (const { reject } of batch) reject(error);
        },
      );
    }
  };

  return {
    add(item) {
      return new Promise((resolve, reject) => {
        // Runs after all microtasks of this turn: whatever an answer set going goes out together.
        if (pending.length === 0) process.nextTick(flush);
        pending.push({ item, resolve, reject });
      });
    },
  };
}
