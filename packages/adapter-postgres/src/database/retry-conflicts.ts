import { sleep } from "@agentbot/core/adapter";
import { sqlStateOf } from "./sql-state.js";

const maxTries = 6;
const baseMs = 10;
const capMs = 500;

/** Serialization failure and deadlock: the database has rolled the transaction back and asks for another try. */
const conflictStates = new Set(["40001", "40P01"]);

/** Keys that are numbered by what a statement sees: of two that see the same, the second must look again. */
const numberedKeys: ReadonlySet<unknown> = new Set(["task_events_pkey"]);

function isNumberTaken(root: unknown): boolean {
  return typeof root === "object" && root !== null && numberedKeys.has(Reflect.get(root, "constraint"));
}

function rootOf(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? rootOf(error.cause) : error;
}

/** Was a prepared statement overtaken by a migration that changed its columns? A new connection prepares it anew. */
export function isStalePlan(error: unknown): boolean {
  const root = rootOf(error);
  const isOfPlan =
    typeof root === "object" && root !== null && Reflect.get(root, "routine") === "RevalidateCachedQuery";
  return isOfPlan && sqlStateOf(root) === "0A000";
}

/**
 * Runs a transaction again, with exponentially growing waits of full jitter, while it fails for what others did at the
 * same moment. Only a failure the database has answered counts: where the connection is lost, nobody knows what was done.
 */
export async function retryConflicts<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      const root = rootOf(error);
      const isConflict = conflictStates.has(sqlStateOf(root) ?? "") || isNumberTaken(root) || isStalePlan(error);
      if (!isConflict || tries === maxTries) throw error;
      await sleep(Math.random() * Math.min(capMs, baseMs * 2 ** tries));
    }
  }
}
