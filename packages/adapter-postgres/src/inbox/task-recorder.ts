import { AgentBotError, type DeliveryDraft, type RecordResult, type TaskDraft, type TenantClaim } from "@agentbot/core";
import { type Batcher, createBatcher } from "../database/create-batcher.js";
import type { SqlDatabase, SqlExecutor } from "../database/sql-database.js";
import { lockThreads } from "../threads/lock-threads.js";
import { threadLockNames } from "../threads/thread-lock-names.js";
import { deliveryLockNames } from "./delivery-lock-names.js";
import { recordIgnored } from "./record-ignored.js";
import { recordTasks } from "./record-tasks.js";
import { lockTenants } from "./tenant.js";

/**
 * Who sent a delivery has been told to come back by then, in milliseconds: a gateway's `storeTimeoutMs`. What comes back is
 * not to wait behind what was given up.
 */
const maxWaitMs = 8000;

/** A delivery that asks for a task. */
export interface TaskRequest {
  readonly delivery: DeliveryDraft;
  readonly tenant: TenantClaim;
  readonly draft: TaskDraft;
}

/** Twenty deliveries of GitHub's usual size; the largest, of 25 MB, travel alone. */
const batchLimits = { maxItems: 32, maxWeight: 1024 * 1024, concurrency: 4 };

/**
 * Records deliveries that ask for tasks; those that come together share a transaction, and are each answered when it has
 * committed. One that cannot be stored harms none of the others. Null for a delivery that is known.
 */
export function createTaskRecorder(database: SqlDatabase): Batcher<TaskRequest, RecordResult | null> {
  const record = (requests: readonly TaskRequest[]) =>
    database.transaction((transaction) => recordTogether(transaction, requests));
  const outcomes = createBatcher<TaskRequest, () => RecordResult | null>({
    ...batchLimits,
    weightOf: ({ delivery }) => delivery.body.length,
    namesOf: (request) => lockNames(request),
    patience: { maxWaitMs, error: tooBusy },
    run: async (requests) => {
      try {
        return (await record(requests)).map((result) => () => result);
      } catch (error) {
        const isOfOne = requests.length > 1 && !AgentBotError.hasCode(error, "STORE_UNAVAILABLE");
        if (!isOfOne) throw error;
        return await Promise.all(requests.map((request) => alone(record, request)));
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
async function alone(
  record: (requests: readonly TaskRequest[]) => Promise<readonly (RecordResult | null)[]>,
  request: TaskRequest,
): Promise<() => RecordResult | null> {
  try {
    const [result = null] = await record([request]);
    return () => result;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

/**
 * What a request may share with another one, here or in another process: its threads' names, its body, its key. All are
 * locked before anything is written, so that two transactions never wait for each other in a circle.
 */
function lockNames({ delivery, draft }: TaskRequest): readonly string[] {
  return [...threadLockNames(draft.threadAliases), ...deliveryLockNames(delivery)];
}

async function recordTogether(
  transaction: SqlExecutor,
  requests: readonly TaskRequest[],
): Promise<readonly (RecordResult | null)[]> {
  const claims = requests.map((request) => ({ provider: request.delivery.provider, ...request }));
  const tenantOf = await lockTenants(transaction, claims, requests.flatMap(lockNames));
  const located = claims.map((claim) => ({ ...claim, installation: tenantOf(claim) }));
  const welcome = located
    .filter(({ installation }) => installation.status === "active")
    .map((one) => ({ ...one, installationId: one.installation.id }));
  const names = welcome.flatMap(({ draft, installationId }) =>
    draft.threadAliases.map((alias) => ({ installationId, alias })),
  );
  if (names.length > 0) await lockThreads(transaction, names);
  const recorded = welcome.length > 0 ? [...(await recordTasks(transaction, welcome))] : [];
  const results: (RecordResult | null)[] = [];
  for (const { delivery, installation } of located) {
    const isWelcome = installation.status === "active";
    const reason = `installation_${installation.status}`;
    results.push(
      isWelcome ? (recorded.shift() ?? null) : await recordIgnored(transaction, delivery, reason, installation.id),
    );
  }
  return results;
}
