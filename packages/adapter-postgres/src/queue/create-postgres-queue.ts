import type { ClaimedEntry, QueueEntry, TaskQueue } from "@agentbot/core";
import { once, parseOptions } from "@agentbot/core/adapter";
import { z } from "zod";
import { createBatcher } from "../database/create-batcher.js";
import { databaseSchema } from "../database/database-schema.js";
import type { SqlDatabase } from "../database/sql-database.js";
import { noticeBoardOf } from "../notices/notice-board.js";
import { topicOf } from "../notices/notice-message.js";
import { addEntries } from "./add-entries.js";
import { askQueue } from "./ask-queue.js";
import { cancelEntry } from "./cancel-entry.js";
import { claimEntries, type EntriesRequest, type HeldEntry } from "./claim-entries.js";
import { extendEntries, type LeaseExtension } from "./extend-entries.js";
import { type FinishedEntry, finishEntries } from "./finish-entries.js";
import { readStats } from "./read-stats.js";
import { createWaitingClaims } from "./waiting-claims.js";

/** Options of {@link createPostgresQueue}. */
export interface PostgresQueueOptions {
  /** A migrated database; yours to close. */
  readonly database: SqlDatabase;
  /** A waiting claim looks at least so often, in milliseconds, whatever notification was lost. @defaultValue 5000 */
  readonly pollMs?: number;
}

const optionsSchema = z.strictObject({ database: databaseSchema, pollMs: z.number().positive().default(5000) });

const topic = topicOf("queue");
/** At most so many of a kind travel in one statement; a larger call travels alone. */
const batch = { maxItems: 200, maxWeight: 500, concurrency: 1, weightOf: () => 1 };

/**
 * A queue that claims straight from the table of tasks, by any number of processes: no server but the database, and
 * nothing to rebuild. An entry must be the task of a row. A step of priority is worth a minute of waiting.
 *
 * Calls that come together share a statement. Workers are woken by LISTEN/NOTIFY, over one connection for the whole
 * process, which the first waiting claim takes out of the pool. Times are the database's.
 *
 * @throws AgentBotError `CONFIGURATION_INVALID`; its methods throw `QUEUE_UNAVAILABLE` when the database does not answer
 *
 * @example
 * const database = openPostgresDatabase({ pool });
 * const queue = createPostgresQueue({ database });
 */
export function createPostgresQueue(options: PostgresQueueOptions): TaskQueue {
  const { database, pollMs } = parseOptions("createPostgresQueue", optionsSchema, options);
  const board = noticeBoardOf(database);
  const notice = { channel: board.channel, message: board.message(topic) };
  let detach: (() => Promise<void>) | null = null;
  let isClosed = false;

  const add = createBatcher<readonly QueueEntry[], void>({
    ...batch,
    weightOf: ({ length }) => length,
    namesOf: () => [],
    run: async (calls) => {
      await askQueue(() => addEntries(database, calls.flat(), notice));
      return calls.map(() => undefined);
    },
  });
  const finish = createBatcher<FinishedEntry, void>({
    ...batch,
    namesOf: ({ held }) => [held.entry.threadId],
    run: async (entries) => {
      await askQueue(() => finishEntries(database, entries, notice));
      return entries.map(() => undefined);
    },
  });
  const extend = createBatcher<LeaseExtension, boolean>({
    ...batch,
    namesOf: ({ held }) => [held.entry.threadId],
    run: (extensions) => askQueue(() => extendEntries(database, extensions)),
  });

  const claimedEntry = (held: HeldEntry): ClaimedEntry => {
    const giveUp = async (as: FinishedEntry["as"], delayMs: number, reason: string | null): Promise<void> => {
      await finish({ held, as, delayMs, reason });
      waitingClaims.wake();
    };
    return {
      entry: held.entry,
      extend: (leaseMs) => extend({ held, leaseMs }),
      complete: () => giveUp("completed", 0, null),
      release: (delayMs) => giveUp("retried", delayMs, null),
      bury: (reason) => giveUp("buried", 0, reason),
    };
  };
  const take = (request: EntriesRequest) =>
    askQueue(async () => {
      const { entries, nextChangeMs } = await claimEntries(database, request);
      return { entries: entries.map(claimedEntry), nextChangeMs };
    });
  const waitingClaims = createWaitingClaims({ take, pollMs });

  const listen = (): void => {
    detach ??= board.attach({
      noticed: (about) => {
        if (about === topic) waitingClaims.wake();
      },
      connected: waitingClaims.wake,
      // The look fails if the database is gone, and whoever waits learns it at once.
      lost: waitingClaims.wake,
    });
  };

  return {
    livesInStore: true,
    async enqueue(entries) {
      if (entries.length === 0) return;
      await add(entries);
      waitingClaims.wake();
    },
    claim(request) {
      if (!isClosed && request.waitMs > 0) listen();
      return waitingClaims.claim(request);
    },
    async cancel(taskId) {
      const isCancelled = await askQueue(() => cancelEntry(database, taskId, notice));
      if (isCancelled) waitingClaims.wake();
      return isCancelled;
    },
    stats: () => askQueue(() => readStats(database)),
    close: once(async () => {
      isClosed = true;
      await waitingClaims.close();
      await detach?.();
    }),
  };
}
