/**
 * What every script begins with. Times and ranks are microseconds of Redis' own clock. A waiting entry's score is its rank,
 * plus `TAIL` while something holds it back: so it is counted, but never met by who pops the first.
 *
 * In the records hash an entry's field is its task id and its value `<rank> <before> <json>`, where it waits since so many
 * milliseconds before its rank; or `buried`. The field `thread:<id>` holds the head of that thread's line, after `=` when
 * nothing stands behind it and `+` when something does.
 */
export const scriptStart = /* lua */ `
local WAITING, RECORDS, LEASES, DELAYED, BURIED, REASONS, MARKER, LINE, PARKED =
  KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7], KEYS[8], KEYS[9]
local TAIL = 4503599627370496
local ARGV, call, sub, find, format, max, min, ceil =
  ARGV, redis.call, string.sub, string.find, string.format, math.max, math.min, math.ceil

-- A number is written anew for each command that takes it, and slowly: better once, as text. As a whole number it is
-- written faster than as a fraction, where those are long enough for a time.
local wholeNumber = format('%d', TAIL) == '4503599627370496' and '%d' or '%.0f'
local function int(number)
  return format(wholeNumber, number)
end

local function clock()
  local time = call('TIME')
  return time[1] * 1000000 + time[2]
end

local function ring()
  call('ZADD', MARKER, 0, 'work')
end

-- The entry that a lease is on.
local function idOf(member)
  return sub(member, find(member, '|', 1, true) + 1)
end

local function headField(thread)
  return 'thread:' .. thread
end

-- Could the first of the waiting be claimed?
local function isAnyFree()
  local first = call('ZRANGE', WAITING, 0, 0, 'WITHSCORES')[2]
  return first and tonumber(first) < TAIL
end

local function recordOf(rankText, rank, sinceUs, json)
  return rankText .. ' ' .. int(ceil((rank - sinceUs) / 1000)) .. ' ' .. json
end
`;

/** What more than one script does with entries. */
export const entryParts = /* lua */ `
-- Something became claimable; who waits has to look even if nothing did.
local woken, mustRing = false, false

-- Rank, json, and what the json says: thread, priority, installation, repository. Nil for what is no record.
local function parse(record)
  if not record then return nil end
  local rank, json = string.match(record, '^(%d+) %-?%d+ (%[.*%])$')
  if not rank then return nil end
  local isJson, parts = pcall(cjson.decode, json)
  if not isJson or type(parts) ~= 'table' or type(parts[1]) ~= 'string' then return nil end
  return tonumber(rank), json, parts
end

-- Visits every lease: the id it is on, its token, and how it stands there.
local function eachLease(visit)
  for _, member in ipairs(call('ZRANGE', LEASES, 0, -1)) do
    local bar = find(member, '|', 1, true)
    if bar then visit(sub(member, bar + 1), sub(member, 1, bar - 1), member) end
  end
end

-- The ids of all that is claimed, as a set.
local function claimedIds()
  local ids = {}
  eachLease(function(id) ids[id] = true end)
  return ids
end

-- The earliest due time stands among the leases, so that one look tells what comes next.
local function noteNextDue()
  local first = call('ZRANGE', DELAYED, 0, 0, 'WITHSCORES')
  if first[1] then call('ZADD', LEASES, first[2], 'due') else call('ZREM', LEASES, 'due') end
  return first[1]
end

local function delay(id, dueUs)
  call('ZADD', DELAYED, dueUs, id)
  -- Who waits has to set its timer anew.
  if noteNextDue() == id then mustRing = true end
end

local function bury(id, reason, nowUs, limit)
  call('ZADD', BURIED, nowUs, id)
  call('HSET', REASONS, id, reason)
  call('HSET', RECORDS, id, 'buried')
  local over = call('ZCARD', BURIED) - limit
  if over <= 0 then return end
  local oldest = call('ZRANGE', BURIED, 0, min(over, 500) - 1)
  call('ZREM', BURIED, unpack(oldest))
  call('HDEL', REASONS, unpack(oldest))
  call('HDEL', RECORDS, unpack(oldest))
end
`;

/** Both, as most scripts begin. */
export const prelude = `${scriptStart}${entryParts}`;
