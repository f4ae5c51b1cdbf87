import assert from "node:assert/strict";
import type { Store } from "../../ports/store.js";
import type { QueueEntry } from "../../ports/task-queue.js";
import type { TenantClaim } from "../../task/interpretation.js";
import type { TaskDraft } from "../../task/task-draft.js";
import { deliveryFixture } from "../delivery-fixture.js";
import { taskDraftFixture, tenantFixture } from "../task-draft-fixture.js";

/** A task that has just been recorded, and what it was made of. */
export interface RecordedTask {
  readonly taskId: string;
  readonly entry: QueueEntry;
  readonly tenant: TenantClaim;
  readonly draft: TaskDraft;
}

/** Records a fresh delivery that asks for a task, and asserts that it was accepted. */
export async function recordTask(
  { inbox }: Pick<Store, "inbox">,
  overrides: Partial<TaskDraft> = {},
  tenant: TenantClaim = tenantFixture(),
): Promise<RecordedTask> {
  const draft = taskDraftFixture(overrides);
  const recorded = await inbox.record(deliveryFixture(), { kind: "task", tenant, draft });
  assert.equal(recorded.status, "accepted");
  return { taskId: recorded.taskId, entry: recorded.entry, tenant, draft };
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
