/** Options of {@link createBatcher}. */
export interface BatcherOptions<Item, Result> {
  /** Maximum number of items of a batch. */
  readonly maxItems: number;
  /** Maximum weight of a batch; a heavier item has a batch of its own. */
  readonly maxWeight: number;
  /** Number of batches that run at once; one more starts only when it is full. */
  readonly concurrency: number;
  readonly weightOf: (item: Item) => number;
  /** Items that share a name are never in one batch, nor in two that run at once. */
  readonly namesOf: (item: Item) => readonly string[];
  /** The longest wait for a batch, after which an item fails. @defaultValue it waits as long as it takes */
  readonly patience?: { readonly maxWaitMs: number; readonly error: () => Error };
  /** Returns one result for each item, in their order. */
  readonly run: (items: readonly Item[]) => Promise<readonly Result[]>;
}

/** Adds an item to a batch; resolves with its result. */
export type Batcher<Item, Result> = (item: Item) => Promise<Result>;

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly names: readonly string[];
  /** By `performance.now()`. */
  readonly since: number;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Lets work that arrives together share a transaction. An item that comes alone starts at once; items that come while
 * `concurrency` batches run wait for the next one, so that a busy database gets few large transactions instead of many
 * small ones. Order is kept among items that share a name.
 */
export function createBatcher<Item, Result>(options: BatcherOptions<Item, Result>): Batcher<Item, Result> {
  const waiting: Waiting<Item, Result>[] = [];
  const taken = new Set<string>();
  let underWay = 0;
  let isStarting = false;

  /** An item whose caller has given up must not hold up later ones: else a flood outlasts itself. */
  const giveUpOld = (): void => {
    const { patience } = options;
    if (!patience) return;
    const since = performance.now() - patience.maxWaitMs;
    // They came in order.
    const firstYoung = waiting.findIndex((one) => one.since > since);
    const old = waiting.splice(0, firstYoung === -1 ? waiting.length : firstYoung);
    for (const { reject } of old) reject(patience.error());
  };

  /** Takes the items of the next batch, and leaves those that share a name with one that runs or is before them in line. */
  const takeBatch = (): readonly Waiting<Item, Result>[] => {
    const batch: Waiting<Item, Result>[] = [];
    const left: Waiting<Item, Result>[] = [];
    const passed = new Set<string>();
    let weight = 0;
    for (const one of waiting) {
      const itsWeight = options.weightOf(one.item);
      const isFree = one.names.every((name) => !taken.has(name) && !passed.has(name));
      const fits = batch.length === 0 || (batch.length < options.maxItems && weight + itsWeight <= options.maxWeight);
      for (const name of one.names) passed.add(name);
      if (isFree && fits) {
        batch.push(one);
        weight += itsWeight;
      } else left.push(one);
    }
    waiting.splice(0, waiting.length, ...left);
    return batch;
  };

  const runBatch = async (batch: readonly Waiting<Item, Result>[]): Promise<void> => {
    underWay += 1;
    for (const { names } of batch) for (const name of names) taken.add(name);
    try {
      const results = await options.run(batch.map(({ item }) => item));
      for (const [index, { resolve }] of batch.entries()) resolve(results[index] as Result);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      underWay -= 1;
      for (const { names } of batch) for (const name of names) taken.delete(name);
      start();
    }
  };

  /** Starts batches once for all items of this turn of the event loop. */
  const start = (): void => {
    if (isStarting) return;
    isStarting = true;
    setImmediate(() => {
      isStarting = false;
      giveUpOld();
      while (waiting.length > 0 && (underWay < options.concurrency || waiting.length >= options.maxItems)) {
        if (underWay >= options.concurrency * 2) return;
        const batch = takeBatch();
        if (batch.length === 0) return;
        void runBatch(batch);
      }
    });
  };

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, names: options.namesOf(item), since: performance.now(), resolve, reject });
      start();
    });
}
