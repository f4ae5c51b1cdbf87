import assert from "node:assert/strict";
import type { Store } from "../../ports/store.js";
import type { BeginResult } from "../../ports/task-store.js";
import type { Lease } from "../../task/lease.js";
import { eventually } from "../eventually.js";
import { recordTask } from "./record-task.js";

/** A lease that outlives any test. */
export const longLease = { leaseMs: 600_000, agent: "scripted" } as const;
/** A lease that ends soon, by the store's own clock. */
export const shortLease = { leaseMs: 50, agent: "scripted" } as const;

/** The result of a `begin` that took the task. */
export type BegunTask = Extract<BeginResult, { status: "begun" }>;

/** Begins a task and asserts that it was taken. */
export async function beginTask(
  { tasks }: Pick<Store, "tasks">,
  taskId: string,
  options: { readonly leaseMs: number; readonly agent: string } = longLease,
): Promise<BegunTask> {
  const begun = await tasks.begin(taskId, options);
  assert.equal(begun.status, "begun");
  return begun;
}

/** Tries to begin a task until it is taken: after a lease or a back-off. */
export async function beginEventually({ tasks }: Pick<Store, "tasks">, taskId: string): Promise<BegunTask> {
  return await eventually(`task ${taskId} to begin`, async () => {
    const result = await tasks.begin(taskId, longLease);
    return result.status === "begun" ? result : null;
  });
}

/** A fresh running task under a lease that outlives the test. */
export async function runningTask(store: Store): Promise<BegunTask> {
  const { taskId } = await recordTask(store);
  return await beginTask(store, taskId);
}

/** A running task whose first worker lost its lease to a second one. */
export async function takenOverTask(store: Store): Promise<{ readonly stale: Lease; readonly current: Lease }> {
  const { taskId } = await recordTask(store);
  const { lease: stale } = await beginTask(store, taskId, shortLease);
  const { lease: current } = await beginEventually(store, taskId);
  return { stale, current };
}

/** Recovers lapsed tasks until this one is queued again. */
export async function recoverTask({ outbox }: Pick<Store, "outbox">, taskId: string): Promise<void> {
  await eventually(`task ${taskId} to be recovered`, async () => {
    const recovered = await outbox.recover(100);
    return recovered.some((entry) => entry.id === taskId) ? true : null;
  });
}
