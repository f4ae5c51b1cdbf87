import type { ClaimedEntry, QueueEntry, TaskQueue } from "@agentbot/core";
import { once, parseOptions } from "@agentbot/core/adapter";
import { z } from "zod";
import { createBatcher } from "../database/create-batcher.js";
import { databaseSchema, placedDatabase, schemaOption } from "../database/database-schema.js";
import type { SqlDatabase } from "../database/sql-database.js";
import { noticeBoardOf } from "../notices/notice-board.js";
import { topicOf } from "../notices/notice-message.js";
import { addEntries } from "./add-entries.js";
import { cancelEntry } from "./cancel-entry.js";
import { claimEntries, type EntriesRequest, type HeldEntry } from "./claim-entries.js";
import { addCommands, cancelCommand, extendCommands, finishCommands } from "./command-entries.js";
import { extendEntries, type LeaseExtension } from "./extend-entries.js";
import { type FinishedEntry, finishEntries } from "./finish-entries.js";
import { mapQueueErrors } from "./map-queue-errors.js";
import { readStats } from "./read-stats.js";
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
}

const optionsSchema = z.strictObject({
  database: databaseSchema,
  pollMs: z.number().positive().default(5000),
  installationConcurrency: z.int().min(1).nullable().default(null),
  schema: schemaOption,
});

const topic = topicOf("queue");
/** Maximum number of calls, and of entries, of one kind in one statement; a larger call has a statement of its own. */
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
  const { pollMs, installationConcurrency, schema, ...given } = parseOptions(
    "createPostgresQueue",
    optionsSchema,
    options,
  );
  const database = placedDatabase(given.database, schema);
  const board = noticeBoardOf(given.database);
  const notification = { channel: board.channel, message: board.message(topic) };
  let detach: (() => Promise<void>) | null = null;
  let isClosed = false;

  const add = createBatcher<readonly QueueEntry[], void>({
    ...batch,
    weightOf: ({ length }) => length,
    namesOf: () => [],
    run: async (calls) => {
      const { tasks, commands } = byKind(calls.flat(), (entry) => entry);
      await mapQueueErrors(async () => {
        if (tasks.length > 0) await addEntries(database, tasks, notification);
        if (commands.length > 0) await addCommands(database, commands, notification);
      });
      return calls.map(() => undefined);
    },
  });
  const finish = createBatcher<FinishedEntry, void>({
    ...batch,
    namesOf: ({ held }) => [held.entry.lane],
    run: async (entries) => {
      const { tasks, commands } = byKind(entries, ({ held }) => held.entry);
      await mapQueueErrors(async () => {
        if (tasks.length > 0) await finishEntries(database, tasks, notification, installationConcurrency !== null);
        if (commands.length > 0) await finishCommands(database, commands, notification);
      });
      return entries.map(() => undefined);
    },
  });
  const extend = createBatcher<LeaseExtension, boolean>({
    ...batch,
    namesOf: ({ held }) => [held.entry.lane],
    run: (extensions) =>
      mapQueueErrors(async () => {
        const { tasks, commands } = byKind(extensions, ({ held }) => held.entry);
        const extended = tasks.length > 0 ? await extendEntries(database, tasks) : new Set<string>();
        const extendedCommands = commands.length > 0 ? await extendCommands(database, commands) : new Set<string>();
        return extensions.map(({ held: { entry } }) => extended.has(entry.id) || extendedCommands.has(entry.id));
      }),
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
      release: (delayMs) => giveUp("released", delayMs, null),
      bury: (reason) => giveUp("buried", 0, reason),
    };
  };
  const take = (request: EntriesRequest) =>
    mapQueueErrors(async () => {
      const { entries, nextChangeMs } = await claimEntries(database, request, installationConcurrency);
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
    async cancel(id) {
      const isCancelled = await mapQueueErrors(
        async () =>
          (await cancelEntry(database, id, notification)) || (await cancelCommand(database, id, notification)),
      );
      if (isCancelled) waitingClaims.wake();
      return isCancelled;
    },
    stats: () => mapQueueErrors(() => readStats(database)),
    close: once(async () => {
      isClosed = true;
      await waitingClaims.close();
      await detach?.();
    }),
  };
}

/** Tasks and commands are entries of different tables. */
function byKind<Item>(
  items: readonly Item[],
  entryOf: (item: Item) => QueueEntry,
): { readonly tasks: readonly Item[]; readonly commands: readonly Item[] } {
  return {
    tasks: items.filter((item) => entryOf(item).kind === "task"),
    commands: items.filter((item) => entryOf(item).kind === "command"),
  };
}
