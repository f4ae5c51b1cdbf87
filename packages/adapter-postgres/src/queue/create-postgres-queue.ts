import type { ClaimedEntry, TaskQueue } from "@agentbot/core";
import { maxTimerMs, once, parseOptions, type ShapeOf } from "@agentbot/core/adapter";
import { z } from "zod";
import { databaseSchema, placedDatabase, schemaOption } from "../database/database-schema.js";
import type { SqlDatabase } from "../database/sql-database.js";
import { notificationChannelOf, topicOf } from "../notifications/notification-channel.js";
import { claimEntries, type EntriesRequest, type HeldEntry } from "./claim-entries.js";
import { cancelCommand } from "./command-entries.js";
import { createEntryBatches, mapQueueErrors } from "./entry-batches.js";
import { readStats } from "./read-stats.js";
import { cancelEntry, type FinishedEntry } from "./task-entries.js";
import { createWaitingClaims } from "./waiting-claims.js";

/** Options of {@link createPostgresQueue}. */
export interface PostgresQueueOptions {
  /** A migrated database; yours to close. */
  readonly database: SqlDatabase;
  /** The longest time between two looks of a waiting claim, in milliseconds, if notifications are lost. @defaultValue 5000 */
  readonly pollMs?: number;
  /**
   * Maximum number of claimed tasks of one installation; the same in every process. With it, claims of all processes take
   * turns. @defaultValue any number
   */
  readonly installationConcurrency?: number;
  /**
   * The schema of the tables, the one that `migrate` was called with.
   * @defaultValue the connection's `search_path`
   */
  readonly schema?: string;
  /**
   * The same database over a pool of its own, so that counting takes no connection from those who work.
   * @defaultValue `database`
   */
  readonly healthDatabase?: SqlDatabase;
}

const optionsSchema = z.strictObject({
  database: databaseSchema,
  pollMs: z.number().positive().max(maxTimerMs).default(5000),
  installationConcurrency: z.int().min(1).optional(),
  schema: schemaOption,
  healthDatabase: databaseSchema.optional(),
} satisfies ShapeOf<PostgresQueueOptions>);

const topic = topicOf("queue");
/**
 * A queue that claims straight from the tables of tasks and commands, by any number of processes: no server but the
 * database, and nothing to rebuild. An entry must have its row there. Commands come first; among tasks a minute of waiting
 * equals one priority step.
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
  const { pollMs, installationConcurrency, schema, ...given } = parseOptions(
    "createPostgresQueue",
    optionsSchema,
    options,
  );
  const database = placedDatabase(given.database, schema);
  const counted = placedDatabase(given.healthDatabase ?? given.database, schema);
  const channel = notificationChannelOf(given.database);
  const notification = { channel: channel.name, message: channel.message(topic) };
  let detach: (() => Promise<void>) | null = null;
  let isClosed = false;

  const { add, finish, extend } = createEntryBatches(database, notification, installationConcurrency !== undefined);

  const claimedEntry = (held: HeldEntry): ClaimedEntry => {
    const giveUp = async (as: FinishedEntry["as"], delayMs: number, reason: string | null): Promise<void> => {
      await finish({ held, as, delayMs, reason });
      waitingClaims.wake();
    };
    return {
      entry: held.entry,
      extend: (leaseMs) => extend({ held, leaseMs }),
      complete: () => giveUp("completed", 0, null),
      release: (delayMs) => giveUp("released", delayMs, null),
      bury: (reason) => giveUp("buried", 0, reason),
    };
  };
  const take = (request: EntriesRequest) =>
    mapQueueErrors(async () => {
      const { entries, dueInMs } = await claimEntries(database, request, installationConcurrency ?? null);
      return { entries: entries.map(claimedEntry), dueInMs };
    });
  const waitingClaims = createWaitingClaims({ take, pollMs });

  const listen = (): void => {
    detach ??= channel.listen({
      onNotification: (about) => {
        if (about === topic) waitingClaims.wake();
      },
      onConnected: waitingClaims.wake,
      // The look fails if the database is gone, and with it every waiting claim, at once.
      onLost: waitingClaims.wake,
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
    async cancel(id) {
      const isCancelled = await mapQueueErrors(
        async () =>
          (await cancelEntry(database, id, notification)) || (await cancelCommand(database, id, notification)),
      );
      if (isCancelled) waitingClaims.wake();
      return isCancelled;
    },
    stats: () => mapQueueErrors(() => readStats(counted)),
    close: once(async () => {
      isClosed = true;
      await waitingClaims.close();
      await detach?.();
    }),
  };
}
