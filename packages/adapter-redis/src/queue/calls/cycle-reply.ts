import type { QueueEntry } from "@agentbot/core";
import { decodeRecord } from "../queue-record.js";
import { queueKeysModule } from "../scripts/queue-keys.js";
import type { LuaModule } from "../scripts/redis-script.js";

/** A claimed entry and the lease it is held by. */
export interface LeasedEntry {
  readonly entry: QueueEntry;
  /** `<token>|<id>`, the member of the leases. */
  readonly member: string;
}

/** The result of one call that claims. */
export interface CycleReply {
  /** Milliseconds until time brings the next change; Infinity for never, null if the call did not look. */
  readonly nextDueMs: number | null;
  /** For each settlement but `complete`, whether the entry was held. */
  readonly answers: readonly boolean[];
  /** True if nothing that the claims want was left. */
  readonly isExhausted: boolean;
  readonly leased: readonly LeasedEntry[];
  /** Leases on records that cannot be read. */
  readonly unreadable: readonly string[];
}

/**
 * How a script writes a {@link CycleReply}: one text of lines, since Redis takes time for each element of a list; a list
 * only where an element contains a line end.
 */
export const cycleReplyModule: LuaModule = {
  uses: [queueKeysModule],
  text: /* lua */ `
-- When time brings the next change: a lease ends, or an entry becomes due.
local function nextChangeUs()
  return tonumber(call('ZRANGE', LEASES, 0, 0, 'WITHSCORES')[2])
end

local function replyOf(hasLooked, nextUs, nowUs, answers, isExhausted, taken)
  local untilMs = not hasLooked and '' or nextUs and max(0, ceil((nextUs - nowUs) / 1000)) or -1
  local parts = { untilMs, answers, isExhausted and 1 or 0, unpack(taken) }
  if find(table.concat(parts), '\\n', 1, true) then return parts end
  return table.concat(parts, '\\n')
end
`,
};

/** Reads the reply to a call that claimed under this token; 1 means that it claimed the entry that it added, and no other. */
export function readCycleReply(reply: unknown, token: string, added?: QueueEntry): CycleReply {
  if (added && Number(reply) === 1) {
    const leased = [{ entry: added, member: `${token}|${added.id}` }];
    return { nextDueMs: null, answers: [], isExhausted: true, leased, unreadable: [] };
  }
  const parts: unknown[] = typeof reply === "string" ? reply.split("\n") : Array.isArray(reply) ? reply : [];
  const leased: LeasedEntry[] = [];
  const unreadable: string[] = [];
  for (let i = 3; i + 1 < parts.length; i += 2) {
    const id = String(parts[i]);
    const member = `${token}|${id}`;
    const entry = decodeRecord(id, String(parts[i + 1]));
    if (entry) leased.push({ entry, member });
    else unreadable.push(member);
  }
  return {
    nextDueMs: readNextDue(String(parts[0] ?? "")),
    answers: Array.from(String(parts[1] ?? ""), (answer) => answer === "1"),
    isExhausted: Number(parts[2]) === 1,
    leased,
    unreadable,
  };
}

function readNextDue(text: string): number | null {
  if (text === "") return null;
  return Number(text) < 0 ? Number.POSITIVE_INFINITY : Number(text);
}
