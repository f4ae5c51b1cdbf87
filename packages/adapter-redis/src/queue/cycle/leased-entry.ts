import type { QueueEntry } from "@agentbot/core";
import { decodeRecord } from "../queue-record.js";

/** An entry that was claimed, and the lease it is held by. */
export interface LeasedEntry {
  readonly entry: QueueEntry;
  /** `<token>|<task id>`, as it stands among the leases. */
  readonly member: string;
}

/** What one cycle gave. */
export interface CycleReply {
  /** In how many milliseconds time will bring something, or null. */
  readonly nextChangeMs: number | null;
  /** For each settlement but `complete`, whether the entry was held. */
  readonly answers: readonly boolean[];
  /** Nothing claimable was left. */
  readonly isExhausted: boolean;
  readonly leased: readonly LeasedEntry[];
  /** Leases on records that cannot be read. */
  readonly unreadable: readonly string[];
}

/** Reads what the cycle script returns. */
export function readCycleReply(reply: unknown, token: string): CycleReply {
  const [nextChangeMs, answers, isExhausted, ...records]: unknown[] = Array.isArray(reply) ? reply : [];
  const leased: LeasedEntry[] = [];
  const unreadable: string[] = [];
  for (let i = 0; i + 1 < records.length; i += 2) {
    const taskId = String(records[i]);
    const member = `${token}|${taskId}`;
    const entry = decodeRecord(taskId, String(records[i + 1]));
    if (entry) leased.push({ entry, member });
    else unreadable.push(member);
  }
  return {
    // A client may be told to give numbers as text.
    nextChangeMs: Number(nextChangeMs ?? -1) >= 0 ? Number(nextChangeMs) : null,
    answers: Array.from(String(answers ?? ""), (answer) => answer === "1"),
    isExhausted: Number(isExhausted) === 1,
    leased,
    unreadable,
  };
}
