import type { OutageReporter } from "../outages/create-outage-reporter.js";
import type { Clock } from "../ports/clock.js";
import type { Logger } from "../ports/logger.js";
import type { Store } from "../ports/store.js";
import type { TenantCheck, WorkspaceFactory } from "../ports/workspace-factory.js";
import type { RetentionSettings } from "./retention-options.js";

/** Options of {@link runRetention}. */
export interface RetentionRequest {
  readonly store: PrunedStore & Pick<Store, "installations">;
  readonly workspaces: Pick<WorkspaceFactory, "removeTenants">;
  readonly settings: RetentionSettings;
  readonly clock: Clock;
  /** Returns the jitter, from 0 up to 1. */
  readonly random: () => number;
  readonly logger: Logger;
  readonly outages: OutageReporter;
  readonly signal: AbortSignal;
}

/** The part of an interval before the first round: a process that lives for less than an interval prunes too. */
const firstPart = 1 / 12;

/**
 * Deletes what is past its retention soon after the start and then every `intervalMs`, until the signal aborts. The times
 * are random, so that processes that start together do not prune together; if they do, each deletes other rows. A failed
 * round is logged, and the next one continues.
 */
export async function runRetention(request: RetentionRequest): Promise<void> {
  const { settings, clock, random, logger, outages, signal } = request;
  await clock.sleep(settings.intervalMs * firstPart * random(), signal);
  while (!signal.aborted) {
    try {
      const pruned = await pruneStore(request, settings);
      if (Object.values(pruned).some((count) => count > 0)) logger.info({ ...pruned }, "Old rows were deleted");
      const tenants = await removeTenants(request);
      if (tenants > 0) logger.info({ tenants }, "The clones and sessions of tenants that are gone were removed");
    } catch (error) {
      if (!outages.report(error)) {
        logger.warn({ err: error }, "Not everything old could be deleted; the next round tries again");
      }
    }
    await clock.sleep(settings.intervalMs * (0.9 + 0.2 * random()), signal);
  }
}

/** A round that was interrupted, by a kill too, is repeated by the next: the installation stays deleted. */
async function removeTenants({ store, workspaces, signal }: RetentionRequest): Promise<number> {
  const isGone: TenantCheck = async ({ provider, tenant }) =>
    (await store.installations.findByExternalId(provider, tenant))?.status === "deleted";
  return (await workspaces.removeTenants?.(isGone, { signal })) ?? 0;
}

/** The parts of a store that have a retention. */
export type PrunedStore = Pick<Store, "inbox" | "transcript">;

/** Numbers of what was deleted. */
interface PrunedRows {
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
