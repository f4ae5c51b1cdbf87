import { AgentBotError, type RecordResult } from "@agentbot/core";
import { type Batcher, createBatcher } from "../database/create-batcher.js";
import type { SqlDatabase } from "../database/sql-database.js";
import { type RequestedTask, recordTasks, requestLockNames } from "./record-tasks.js";

/**
 * The longest wait of a delivery, in milliseconds: a gateway's default `storeTimeoutMs`, after which its sender was answered
 * 503. The sender's next try must not queue behind an abandoned one.
 */
const maxWaitMs = 8000;

/** Twenty deliveries of GitHub's usual size; the largest, of 25 MB, have a transaction of their own. */
const batchLimits = { maxItems: 32, maxWeight: 1024 * 1024, concurrency: 4 };

/**
 * Records deliveries that request tasks; those that come together share a transaction, and are each answered when it has
 * committed. One that cannot be stored harms none of the others. Null for a delivery that is known.
 */
export function createTaskRecorder(database: SqlDatabase): Batcher<RequestedTask, RecordResult | null> {
  const outcomes = createBatcher<RequestedTask, () => RecordResult | null>({
    ...batchLimits,
    weightOf: ({ delivery }) => delivery.body.length,
    namesOf: requestLockNames,
    patience: { maxWaitMs, error: tooBusy },
    run: async (requests) => {
      try {
        return (await recordTasks(database, requests)).map((result) => () => result);
      } catch (error) {
        const isOfOne = requests.length > 1 && !AgentBotError.hasCode(error, "STORE_UNAVAILABLE");
        if (!isOfOne) throw error;
        return await Promise.all(requests.map((request) => recordAlone(database, request)));
      }
    },
  });
  return async (request) => (await outcomes(request))();
}

function tooBusy(): AgentBotError {
  const message = `The database has more to do than it can: a delivery waited ${maxWaitMs} ms for its turn`;
  return new AgentBotError("STORE_UNAVAILABLE", message);
}

/** Records one request by itself; a failure is its own. */
async function recordAlone(database: SqlDatabase, request: RequestedTask): Promise<() => RecordResult | null> {
  try {
    const [result = null] = await recordTasks(database, [request]);
    return () => result;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}
