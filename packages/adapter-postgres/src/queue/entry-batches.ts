import { AgentBotError, type QueueEntry } from "@agentbot/core";
import { type Batcher, createBatcher } from "../database/create-batcher.js";
import type { SqlDatabase } from "../database/sql-database.js";
import { addCommands, extendCommands, finishCommands, type QueueNotification } from "./command-entries.js";
import { addEntries, extendEntries, type FinishedEntry, finishEntries, type LeaseExtension } from "./task-entries.js";

/** Maximum number of calls, and of entries, of one kind in one statement; a larger call has a statement of its own. */
const batch = { maxItems: 200, maxWeight: 500, concurrency: 1, weightOf: () => 1 };

/** The changes of entries that share statements. */
export interface EntryBatches {
  readonly add: Batcher<readonly QueueEntry[], void>;
  readonly finish: Batcher<FinishedEntry, void>;
  readonly extend: Batcher<LeaseExtension, boolean>;
}

/**
 * Calls that come together share a statement, one for tasks and one for commands.
 *
 * @param isLimited - whether claims are limited by installation, so that every finished task may free another one
 */
export function createEntryBatches(
  database: SqlDatabase,
  notification: QueueNotification,
  isLimited: boolean,
): EntryBatches {
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
        if (tasks.length > 0) await finishEntries(database, tasks, notification, isLimited);
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

  return { add, finish, extend };
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

/**
 * Runs work of the queue; an unavailable database becomes the error of the port.
 *
 * @throws AgentBotError `QUEUE_UNAVAILABLE`
 */
export async function mapQueueErrors<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!AgentBotError.hasCode(error, "STORE_UNAVAILABLE")) throw error;
    throw new AgentBotError("QUEUE_UNAVAILABLE", `The queue's database does not answer: ${error.message}`, {
      cause: error,
    });
  }
}
