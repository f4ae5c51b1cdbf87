import assert from "node:assert/strict";
import type { RecordResult } from "../../ports/inbox.js";
import type { Store } from "../../ports/store.js";
import type { QueueEntry } from "../../ports/task-queue.js";
import type { CommandName } from "../../task/command.js";
import type { TenantClaim } from "../../task/interpretation.js";
import type { TaskDraft } from "../../task/task-draft.js";
import { deliveryFixture } from "../delivery-fixture.js";
import { commandRequestFixture, taskRequestFixture, tenantFixture } from "../task-draft-fixture.js";

/** A recorded task, and what it was made of. */
export interface RecordedTask {
  /** The id that the store gave it. */
  readonly taskId: string;
  /** Its entry for a queue. */
  readonly entry: QueueEntry;
  /** The installation it was recorded for. */
  readonly tenant: TenantClaim;
  /** The request it was made of. */
  readonly draft: TaskDraft;
}

/** Asserts that a task was recorded, and returns its ids and its entry. */
export function acceptedTask(recorded: RecordResult) {
  assert.equal(recorded.status, "accepted");
  const { deliveryId, taskId, entry } = recorded;
  assert.ok(taskId !== null, "an accepted task has no id");
  return { deliveryId, taskId, entry };
}

/** The tenant of a given origin, or a new one. */
function tenantOf({ origin }: Partial<TaskDraft>): TenantClaim {
  return tenantFixture(origin && { externalId: origin.tenant });
}

/** Records a fresh delivery that requests a task, and asserts that it was accepted. */
export async function recordTask(
  { inbox }: Pick<Store, "inbox">,
  overrides: Partial<TaskDraft> = {},
  tenant: TenantClaim = tenantOf(overrides),
): Promise<RecordedTask> {
  const request = taskRequestFixture(overrides, tenant);
  const recorded = await inbox.record(deliveryFixture({ provider: request.draft.origin.provider }), request);
  const { taskId, entry } = acceptedTask(recorded);
  return { taskId, entry, tenant, draft: request.draft };
}

/** Records several tasks of one thread of one installation, in order. */
export async function recordThread(
  store: Pick<Store, "inbox">,
  count: number,
  overrides: Partial<TaskDraft> = {},
): Promise<readonly RecordedTask[]> {
  const first = await recordTask(store, overrides);
  const tasks = [first];
  while (tasks.length < count) tasks.push(await recordTask(store, first.draft, first.tenant));
  return tasks;
}

/** A recorded command, and the newest task of its thread. */
export interface RecordedCommand {
  /** The id that the store gave it. */
  readonly commandId: string;
  /** The id of that task; null if the thread has none. */
  readonly taskId: string | null;
  /** Its entry for a queue. */
  readonly entry: QueueEntry;
  /** The installation it was recorded for. */
  readonly tenant: TenantClaim;
  /** The request it was made of. */
  readonly draft: TaskDraft;
}

/** Records a fresh delivery that gives a command, and asserts that it was accepted. */
export async function recordCommand(
  { inbox }: Pick<Store, "inbox">,
  command: CommandName,
  overrides: Partial<TaskDraft> = {},
  tenant: TenantClaim = tenantOf(overrides),
): Promise<RecordedCommand> {
  const request = commandRequestFixture(command, overrides, tenant);
  const recorded = await inbox.record(deliveryFixture({ provider: request.draft.origin.provider }), request);
  assert.equal(recorded.status, "accepted");
  const { entry, taskId } = recorded;
  return { commandId: entry.id, taskId, entry, tenant, draft: request.draft };
}
