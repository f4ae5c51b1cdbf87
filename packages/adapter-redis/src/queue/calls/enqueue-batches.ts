import type { QueueEntry } from "@agentbot/core";

/** Collects the entries that are enqueued in one turn, so that they go out together. */
export interface EnqueueBatches {
  add(entries: readonly QueueEntry[]): Promise<void>;
}

interface Addition {
  readonly entries: readonly QueueEntry[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Entries of one call, about. */
const batchSize = 500;
/** From this many entries on two calls are faster: while Redis works on one, this process works on the answer to the other. */
const minEntriesForTwoCalls = 64;

/** Each batch succeeds or fails as one. */
export function createEnqueueBatches(send: (entries: readonly QueueEntry[]) => Promise<void>): EnqueueBatches {
  let pending: Addition[] = [];

  const sendBatch = (batch: readonly Addition[]): void => {
    const entries = batch.length === 1 ? (batch[0]?.entries ?? []) : batch.flatMap((one) => one.entries);
    send(entries).then(
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
    const total = all.reduce((sum, { entries }) => sum + entries.length, 0);
    const wanted = total < minEntriesForTwoCalls ? batchSize : Math.min(batchSize, Math.ceil(total / 2));
    let from = 0;
    let count = 0;
    for (const [index, { entries }] of all.entries()) {
      count += entries.length;
      if (count < wanted && index < all.length - 1) continue;
      sendBatch(all.slice(from, index + 1));
      from = index + 1;
      count = 0;
    }
  };

  const addPart = (entries: readonly QueueEntry[]): Promise<void> =>
    new Promise((resolve, reject) => {
      // Runs after all microtasks of this turn: what an answer has set going goes out together.
      if (pending.length === 0) process.nextTick(flush);
      pending.push({ entries, resolve, reject });
    });

  return {
    async add(entries) {
      if (entries.length <= batchSize) return entries.length > 0 ? await addPart(entries) : undefined;
      const parts = Array.from({ length: Math.ceil(entries.length / batchSize) }, (_, part) =>
        addPart(entries.slice(part * batchSize, (part + 1) * batchSize)),
      );
      await Promise.all(parts);
    },
  };
}
