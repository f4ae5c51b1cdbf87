import assert from "node:assert/strict";
import type { ClaimedEntry, ClaimRequest, QueueEntry } from "../../ports/task-queue.js";
import { queueEntryFixture } from "./queue-entry-fixture.js";
import type { TaskQueueSubject } from "./task-queue-subject.js";

/** Entries of one lane and installation. */
export function laneEntries(count: number, overrides: Partial<QueueEntry> = {}): readonly QueueEntry[] {
  const { lane, installationId } = queueEntryFixture();
  const shared = { lane, installationId, ...overrides };
  return Array.from({ length: count }, () => queueEntryFixture(shared));
}

/** Enqueues new entries, one call each, so that their order is beyond doubt. */
export async function add(subject: TaskQueueSubject, ...entries: readonly QueueEntry[]): Promise<void> {
  await subject.prepare?.(entries);
  for (const entry of entries) await subject.queue.enqueue([entry]);
}

/** Claims at once, under a lease that outlives the test; the request overrides both. */
export async function claim(
  { queue }: TaskQueueSubject,
  request: Partial<ClaimRequest> = {},
): Promise<readonly ClaimedEntry[]> {
  const signal = new AbortController().signal;
  return await queue.claim({ limit: 10, leaseMs: 600_000, waitMs: 0, signal, ...request });
}

/** Claims exactly one entry, waiting for it. */
export async function claimOne(subject: TaskQueueSubject, request: Partial<ClaimRequest> = {}): Promise<ClaimedEntry> {
  const [claimed] = await claim(subject, { limit: 1, waitMs: 60_000, ...request });
  assert.ok(claimed, "waited 60 s in vain for an entry to claim");
  return claimed;
}

/** A claim that is waited for later. It waits longer than any runner lets a test run: if nothing wakes it, the test fails. */
export function startClaim(
  subject: TaskQueueSubject,
  request: Partial<ClaimRequest> = {},
): Promise<readonly ClaimedEntry[]> {
  const waiting = claim(subject, { waitMs: 120_000, ...request });
  // A failure is thrown where the claim is awaited, and must not count as unhandled until then.
  waiting.catch(() => {});
  return waiting;
}

/** The ids of claimed entries. */
export function claimedIds(claimed: readonly { readonly entry: QueueEntry }[]): readonly string[] {
  return claimed.map(({ entry }) => entry.id);
}

/** The ids of entries. */
export function idsOf(...entries: readonly QueueEntry[]): readonly string[] {
  return entries.map(({ id }) => id);
}
