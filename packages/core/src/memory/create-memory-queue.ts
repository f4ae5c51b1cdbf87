import { z } from "zod";
import { parseOptions } from "../errors/parse-options.js";
import { clockSchema } from "../errors/port-schema.js";
import { once } from "../lifecycle/once.js";
import { systemClock } from "../lifecycle/system-clock.js";
import type { Clock } from "../ports/clock.js";
import type { ClaimedEntry, ClaimRequest, TaskQueue } from "../ports/task-queue.js";
import { createQueueIndex } from "./queue/queue-index.js";
import type { QueueRecord } from "./queue/queue-record.js";
import { createWaitingClaims } from "./queue/waiting-claims.js";

/** What {@link createMemoryQueue} takes. */
export interface MemoryQueueOptions {
  /** Leases, delays and waits go by it. @defaultValue the machine's */
  readonly clock?: Clock;
  /** One step of priority is worth so many milliseconds of waiting, so that nothing starves. @defaultValue 60000 */
  readonly agingMs?: number;
}

const optionsSchema = z.strictObject({
  clock: clockSchema.default(systemClock),
  agingMs: z.number().positive().default(60_000),
});

/**
 * A queue in this process's memory: for a single process, where the store rebuilds it at start.
 *
 * @throws AgentBotError `CONFIGURATION_INVALID`
 */
export function createMemoryQueue(options: MemoryQueueOptions = {}): TaskQueue {
  const { clock, agingMs } = parseOptions("createMemoryQueue", optionsSchema, options);
  let lastNowMs = 0;
  const nowMs = (): number => {
    // A clock that is set back must not reverse first in, first out.
    lastNowMs = Math.max(lastNowMs, clock.now().getTime());
    return lastNowMs;
  };
  const index = createQueueIndex(nowMs, agingMs);

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

  const take = ({ limit, leaseMs }: ClaimRequest): readonly ClaimedEntry[] => {
    const entries: ClaimedEntry[] = [];
    while (entries.length < limit) {
      const taken = index.take(leaseMs);
      if (!taken) break;
      entries.push(claimedEntry(taken.record, taken.claim));
    }
    return entries;
  };

  const waitingClaims = createWaitingClaims({ clock, take, nextChangeMs: index.nextChangeMs });

  return {
    async enqueue(entries) {
      for (const entry of entries) index.add({ ...entry });
      waitingClaims.serve();
    },
    async claim(request) {
      return await waitingClaims.claim(request);
    },
    async cancel(taskId) {
      const record = index.find(taskId);
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
