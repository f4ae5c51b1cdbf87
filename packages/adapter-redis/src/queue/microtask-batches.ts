/** Collects what is asked for in one turn, so that it goes out together. */
export interface Batches<Item> {
  add(items: readonly Item[]): Promise<void>;
}

interface Pending<Item> {
  readonly items: readonly Item[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** So many items are worth two batches: while the server is busy with one, this process is with the answer to the other. */
const worthTwo = 64;

/** Makes {@link Batches} of about `size` items; a batch succeeds or fails as one. */
export function createBatches<Item>(size: number, send: (items: readonly Item[]) => Promise<void>): Batches<Item> {
  let pending: Pending<Item>[] = [];

  const sendBatch = (batch: readonly Pending<Item>[]): void => {
    const items = batch.length === 1 ? (batch[0]?.items ?? []) : batch.flatMap((one) => one.items);
    send(items).then(
      () => {
        for (const { resolve } of batch) resolve();
      },
      (error: unknown) => {
        for (const { reject } of batch) reject(error);
      },
    );
  };

  const flush = (): void => {
    const all = pending;
    pending = [];
    const total = all.reduce((sum, { items }) => sum + items.length, 0);
    const wanted = total < worthTwo ? size : Math.min(size, Math.ceil(total / 2));
    let from = 0;
    let count = 0;
    for (const [index, { items }] of all.entries()) {
      count += items.length;
      if (count < wanted && index < all.length - 1) continue;
      sendBatch(all.slice(from, index + 1));
      from = index + 1;
      count = 0;
    }
  };

  return {
    add(items) {
      return new Promise((resolve, reject) => {
        // Runs after all microtasks of this turn: whatever an answer set going goes out together.
        if (pending.length === 0) process.nextTick(flush);
        pending.push({ items, resolve, reject });
      });
    },
  };
}
