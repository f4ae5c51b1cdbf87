import { z } from "zod";
import { parseOptions } from "../errors/parse-options.js";
import { clockSchema } from "../errors/port-schema.js";
import { once } from "../lifecycle/once.js";
import { systemClock } from "../lifecycle/system-clock.js";
import type { Clock } from "../ports/clock.js";
import type { ClaimedEntry, ClaimRequest, TaskQueue } from "../ports/task-queue.js";
import type { ShapeOf } from "../task/shape-of.js";
import { createQueueIndex } from "./queue/queue-index.js";
import type { QueueRecord } from "./queue/queue-record.js";
import { createWaitingClaims } from "./queue/waiting-claims.js";

/** Options of {@link createMemoryQueue}. */
export interface MemoryQueueOptions {
  /** The clock of leases, delays and waits. @defaultValue the machine's */
  readonly clock?: Clock;
  /** Milliseconds of waiting that equal one priority step, so that nothing starves. @defaultValue 60000 */
  readonly agingMs?: number;
  /** Maximum number of claimed tasks of one installation; commands are not counted. @defaultValue any number */
  readonly installationConcurrency?: number;
}

const optionsSchema = z.strictObject({
  clock: clockSchema.default(systemClock),
  agingMs: z.number().positive().default(60_000),
  installationConcurrency: z.int().min(1).optional(),
} satisfies ShapeOf<MemoryQueueOptions>);

/**
 * A queue in the memory of this process, for a single process: the store rebuilds it at start.
 *
 * @throws AgentBotError `CONFIGURATION_INVALID`
 */
export function createMemoryQueue(options: MemoryQueueOptions = {}): TaskQueue {
  const { clock, agingMs, installationConcurrency } = parseOptions("createMemoryQueue", optionsSchema, options);
  let lastNowMs = 0;
  const nowMs = (): number => {
    // A clock that is set back must not reverse first in, first out.
    lastNowMs = Math.max(lastNowMs, clock.now().getTime());
    return lastNowMs;
  };
  const index = createQueueIndex(nowMs, agingMs, installationConcurrency ?? Number.POSITIVE_INFINITY);

  const claimedEntry = (record: QueueRecord, claim: object): ClaimedEntry => {
    const ifHeld = (change: (held: QueueRecord) => void): boolean => {
      const held = index.held(record, claim);
      if (held) change(held);
      waitingClaims.serve();
      return held !== null;
    };
    return {
      entry: record.entry,
      async extend(leaseMs) {
        return ifHeld((held) => index.extend(held, leaseMs));
      },
      async complete() {
        ifHeld((held) => index.remove(held));
      },
      async release(delayMs) {
        ifHeld((held) => index.giveBack(held, delayMs));
      },
      async bury() {
        ifHeld((held) => index.bury(held));
      },
    };
  };

  const take = (request: ClaimRequest): readonly ClaimedEntry[] => {
    const entries: ClaimedEntry[] = [];
    while (entries.length < request.limit) {
      const taken = index.take(request);
      if (!taken) break;
      entries.push(claimedEntry(taken.record, taken.claim));
    }
    return entries;
  };

  const waitingClaims = createWaitingClaims({ clock, take, nextDueMs: index.nextDueMs });

  return {
    async enqueue(entries) {
      for (const entry of entries) index.add({ ...entry });
      waitingClaims.serve();
    },
    async claim(request) {
      return await waitingClaims.claim(request);
    },
    async cancel(id) {
      const record = index.find(id);
      if (!record || record.state === "claimed") return false;
      index.remove(record);
      waitingClaims.serve();
      return true;
    },
    async stats() {
      return index.stats();
    },
    close: once(async () => waitingClaims.close()),
  };
}
