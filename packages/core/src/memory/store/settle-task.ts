import type { Settlement } from "../../ports/task-store.js";
import { endTask } from "./end-task.js";
import { releaseReservation } from "./memory-budget-ledger.js";
import type { MemoryState } from "./memory-state.js";
import type { TaskRecord } from "./task-record.js";

/** A shutdown gives the attempt back so often; after that it counts, so that no task runs for ever. */
const maxReleaseCount = 5;

/** Ends the run of a task that its caller holds. */
export function settleTask(state: MemoryState, record: TaskRecord, settlement: Settlement): void {
  if (settlement.status === "succeeded") {
    endTask(state, record, { status: "succeeded", reason: null, result: structuredClone(settlement.result) });
    return;
  }
  if (settlement.status !== "queued") {
    endTask(state, record, { status: settlement.status, reason: settlement.reason, result: null });
    return;
  }
  const { cause, reason, delayMs } = settlement;
  const isReleased = cause === "released" && record.releaseCount < maxReleaseCount;
  if (isReleased) record.releaseCount += 1;
  record.leaseUntilMs = null;
  releaseReservation(state, record);
  record.task = {
    ...record.task,
    status: "queued",
    reason,
    attempt: record.task.attempt - (isReleased || cause === "parked" ? 1 : 0),
    // A stop that was asked for meanwhile waits for nothing.
    notBefore: delayMs > 0 && !record.task.cancelRequestedAt ? new Date(state.clock.now().getTime() + delayMs) : null,
  };
}
