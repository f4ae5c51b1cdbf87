import type { Clock } from "../ports/clock.js";
import type { Inbox, PrunedDeliveries } from "../ports/inbox.js";
import type { RetentionSettings } from "./retention-options.js";

/** How many rows one statement removes: few enough to lock nobody out. */
const batchSize = 500;
/** What a store has for others between two statements, in milliseconds. */
const pauseMs = 20;

/** Forgets everything that is past its retention, batch by batch, until nothing is left or the signal aborts; returns how much. */
export async function forgetOld(
  { inbox, clock, signal }: { readonly inbox: Inbox; readonly clock: Clock; readonly signal: AbortSignal },
  { bodiesMs, deliveriesMs }: RetentionSettings,
): Promise<PrunedDeliveries> {
  let bodies = 0;
  let deliveries = 0;
  for (let isMore = true; isMore && !signal.aborted; ) {
    const retention = { bodiesOlderThanMs: bodiesMs, deliveriesOlderThanMs: deliveriesMs, limit: batchSize };
    const pruned = await inbox.prune(retention);
    bodies += pruned.bodies;
    deliveries += pruned.deliveries;
    isMore = pruned.bodies === batchSize || pruned.deliveries === batchSize;
    if (isMore) await clock.sleep(pauseMs, signal);
  }
  return { bodies, deliveries };
}
