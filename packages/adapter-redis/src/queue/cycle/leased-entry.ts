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
  /** In how many milliseconds time will bring something; Infinity for never, null when nobody looked. */
  readonly nextChangeMs: number | null;
  /** For each settlement but `complete`, whether the entry was held. */
  readonly answers: readonly boolean[];
  /** Nothing claimable was left. */
  readonly isExhausted: boolean;
  readonly leased: readonly LeasedEntry[];
  /** Leases on records that cannot be read. */
  readonly unreadable: readonly string[];
}

/** Reads what the cycle script returns: a text of lines, or a list where an element has a line end in it. */
export function readCycleReply(reply: unknown, token: string): CycleReply {
  const parts: unknown[] = typeof reply === "string" ? reply.split("\n") : Array.isArray(reply) ? reply : [];
  const leased: LeasedEntry[] = [];
  const unreadable: string[] = [];
  for (let i = 3; i + 1 < parts.length; i += 2) {
    const taskId = String(parts[i]);
    const member = `${token}|${taskId}`;
    const entry = decodeRecord(taskId, String(parts[i + 1]));
    if (entry) leased.push({ entry, member });
    else unreadable.push(member);
  }
  return {
    nextChangeMs: readNextChange(String(parts[0] ?? "")),
    answers: Array.from(String(parts[1] ?? ""), (answer) => answer === "1"),
    isExhausted: Number(parts[2]) === 1,
    leased,
    unreadable,
  };
}

function readNextChange(text: string): number | null {
  if (text === "") return null;
  return Number(text) < 0 ? Number.POSITIVE_INFINITY : Number(text);
}
