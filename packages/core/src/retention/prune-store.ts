import type { Clock } from "../ports/clock.js";
import type { Store } from "../ports/store.js";
import type { RetentionSettings } from "./retention-options.js";

/** The parts of a store that have a retention. */
export type PrunedStore = Pick<Store, "inbox" | "transcript">;

/** Numbers of what was deleted. */
export interface PrunedRows {
  readonly bodies: number;
  readonly deliveries: number;
  readonly events: number;
}

/** Maximum number of rows that one statement deletes: few enough to block no other statement for long. */
const batchSize = 500;
/** The pause between two statements, in milliseconds, which leaves the store to others. */
const pauseMs = 20;

/** Deletes everything past its retention, batch by batch, until nothing is left or the signal aborts; returns how much. */
export async function pruneStore(
  { store, clock, signal }: { readonly store: PrunedStore; readonly clock: Clock; readonly signal: AbortSignal },
  { bodiesMs, deliveriesMs, transcriptsMs }: RetentionSettings,
): Promise<PrunedRows> {
  const pruned = { bodies: 0, deliveries: 0, events: 0 };
  const inBatches = async (prune: () => Promise<boolean>): Promise<void> => {
    for (let isMore = true; isMore && !signal.aborted; ) {
      isMore = await prune();
      if (isMore) await clock.sleep(pauseMs, signal);
    }
  };
  await inBatches(async () => {
    const retention = { bodiesOlderThanMs: bodiesMs, deliveriesOlderThanMs: deliveriesMs, limit: batchSize };
    const { bodies, deliveries } = await store.inbox.prune(retention);
    pruned.bodies += bodies;
    pruned.deliveries += deliveries;
    return bodies === batchSize || deliveries === batchSize;
  });
  await inBatches(async () => {
    const events = await store.transcript.prune({ olderThanMs: transcriptsMs, limit: batchSize });
    pruned.events += events;
    return events === batchSize;
  });
  return pruned;
}
