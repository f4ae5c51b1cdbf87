import type { QueueEntry } from "@agentbot/core";
import { queueKeysModule } from "./scripts/queue-keys.js";
import type { LuaModule } from "./scripts/redis-script.js";

/** The first rank of a task; a command's rank is lower. */
const firstTaskRank = 2 ** 51;
/** Ranks and times stay integers that a double represents exactly, whatever duration is asked for. */
const longestUs = 2 ** 50;

/** A duration in milliseconds as the scripts count: in whole microseconds. */
export function microseconds(durationMs: number): number {
  return Math.max(-longestUs, Math.min(longestUs, Math.round(durationMs * 1000) || 0));
}

/**
 * JSON that Redis' own decoder accepts: an unpaired surrogate, which that refuses, becomes U+FFFD, as it would anywhere
 * else in a command.
 */
export function wellFormedJson(value: readonly unknown[]): string {
  const json = JSON.stringify(value);
  if (!json.includes("\\ud")) return json;
  return JSON.stringify(value, (_, part) => (typeof part === "string" ? Buffer.from(part).toString() : part));
}

/** The JSON part of a record: `[installation, lane, priority]`, and the delay the entry came with, if any. */
export function encodeEntry({ lane, priority, installationId, delayMs }: QueueEntry): string {
  const parts = [installationId, lane, priority];
  return wellFormedJson(delayMs > 0 ? [...parts, delayMs] : parts);
}

const recordPattern = /^(\d+) -?\d+ (\[.*)$/s;

/** The entry of a record, or null if it cannot be read. Its kind follows from its rank. */
export function decodeRecord(id: string, record: string): QueueEntry | null {
  const [, rank, json] = recordPattern.exec(record) ?? [];
  if (rank === undefined || json === undefined) return null;
  let parts: unknown;
  try {
    parts = JSON.parse(json);
  } catch {
    return null;
  }
  if (!Array.isArray(parts)) return null;
  const [installationId, lane, priority, delayMs = 0]: unknown[] = parts;
  if (typeof installationId !== "string" || typeof lane !== "string") return null;
  if (typeof priority !== "number" || typeof delayMs !== "number") return null;
  return { id, kind: Number(rank) < firstTaskRank ? "command" : "task", lane, installationId, priority, delayMs };
}

/**
 * The records hash: an entry's field is its id, and its value `<rank> <before> <json>`, where `before` is the milliseconds
 * from the beginning of its wait to its rank; or `buried`.
 */
export const newRecordModule: LuaModule = {
  uses: [queueKeysModule],
  text: /* lua */ `
-- The rank stands for a time.
local function recordOf(rankText, rankedUs, sinceUs, json)
  return rankText .. ' ' .. int(ceil((rankedUs - sinceUs) / 1000)) .. ' ' .. json
end
`,
};

/** Reads records. */
export const recordsModule: LuaModule = {
  uses: [newRecordModule],
  text: /* lua */ `
-- A record's rank, its JSON and the parts of that: installation, lane, priority. Nil for what is not a record.
local function parse(record)
  if not record then return nil end
  local rank, json = match(record, '^(%d+) %-?%d+ (%[.*%])$')
  if not rank then return nil end
  local isJson, parts = pcall(cjson.decode, json)
  if not isJson or type(parts) ~= 'table' or type(parts[2]) ~= 'string' then return nil end
  return tonumber(rank), json, parts
end

-- The installation that a record counts towards; nil for a command, and for what is not a record.
local function installationOf(record)
  local rank, plain = match(record or '', '^(%d+) %-?%d+ %["([^"\\\\]*)"')
  if not rank then
    local parsedRank, _, parts = parse(record)
    rank, plain = parsedRank or 0, parts and tostring(parts[1])
  end
  return tonumber(rank) >= TASKS and plain or nil
end
`,
};
