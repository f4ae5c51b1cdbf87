import type { QueueEntry } from "@agentbot/core";
import type { LuaModule } from "./redis-script.js";

/** The keys of a queue. */
export interface QueueKeys {
  /**
   * The keys that scripts are given: the waiting set, and the prefix of every other key. Passing all of them took more time
   * than a script that adds or completes a task has to spare.
   */
  readonly given: readonly string[];
  /** The marker that waiting workers block on for entries of this kind. */
  readonly markers: Readonly<Record<QueueEntry["kind"], string>>;
}

/** The waiting set has the queue's bare name, every other key has that name as its hash tag: one slot of a Cluster. */
export function queueKeys(name: string): QueueKeys {
  const prefix = `{${name}}:`;
  return { given: [name, prefix], markers: { task: `${prefix}marker`, command: `${prefix}marker:commands` } };
}

/**
 * The names of the keys, and functions that every script needs. Times are microseconds of Redis' own clock. A waiting entry's score is its rank: in the
 * first half of the ranks for a command, in the second half for a task, so that commands come first and are found alone.
 * While something holds the entry back, `TAIL` is added: it is counted, but stands behind everything that can be claimed.
 */
export const queueKeysModule: LuaModule = {
  uses: [],
  text: /* lua */ `
local WAITING, PREFIX = unpack(KEYS)
local RECORDS, LEASES, DELAYED, BURIED, REASONS =
  PREFIX .. 'records', PREFIX .. 'leases', PREFIX .. 'delayed', PREFIX .. 'buried', PREFIX .. 'reasons'
local MARKER, COMMAND_MARKER, LANE, PARKED =
  PREFIX .. 'marker', PREFIX .. 'marker:commands', PREFIX .. 'lane:', PREFIX .. 'parked'
-- Ranks of tasks begin at 2^51, scores of entries that are held back at 2^52; ranks count from the year 2000.
local TASKS, TAIL, EPOCH = 2251799813685248, 4503599627370496, 946684800000000
local call, sub, find, match, format = redis.call, string.sub, string.find, string.match, string.format
local max, min, ceil = math.max, math.min, math.ceil

-- Redis formats a number anew, and slowly, for each command that takes it: once, as text, is cheaper. A whole number is
-- formatted faster than a fraction, where Lua's whole numbers are long enough for a time.
local WHOLE_NUMBER = format('%d', TAIL) == '4503599627370496' and '%d' or '%.0f'
local function int(number)
  return format(WHOLE_NUMBER, number)
end

local function clock()
  local time = call('TIME')
  return time[1] * 1000000 + time[2]
end

-- The entry that a lease is on.
local function idOf(member)
  return sub(member, find(member, '|', 1, true) + 1)
end

-- The field of the records hash that holds the head of a lane: after '=' if nothing stands behind it, after '+' otherwise.
local function headField(lane)
  return 'lane:' .. lane
end

-- The score of the first waiting entry: below TASKS a command that can be claimed, below TAIL a task that can be claimed.
local function firstScore()
  return tonumber(call('ZRANGE', WAITING, 0, 0, 'WITHSCORES')[2]) or TAIL
end
`,
};

/** The markers that waiting workers block on, one for each kind. */
export const markersModule: LuaModule = {
  uses: [queueKeysModule],
  text: /* lua */ `
-- Wakes a worker that waits, if something can be claimed.
local function notifyIfAnyFree()
  local first = firstScore()
  if first >= TAIL then return end
  if first >= TASKS then return call('ZADD', MARKER, 0, 'work') end
  call('ZADD', COMMAND_MARKER, 0, 'work')
  if call('ZCOUNT', WAITING, TASKS, '(' .. int(TAIL)) > 0 then call('ZADD', MARKER, 0, 'work') end
end

-- Wakes workers that wait, whether or not something can be claimed.
local function notify()
  call('ZADD', MARKER, 0, 'work')
  call('ZADD', COMMAND_MARKER, 0, 'work')
end
`,
};
