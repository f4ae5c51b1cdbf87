import { entryParts, scriptStart } from "./prelude.js";
import { redisScript } from "./redis-script.js";
import { threadLines } from "./thread-lines.js";

const joinLine = /* lua */ `
-- Was the first task certainly made before the other? Ids made in one millisecond, or of another kind, say nothing.
local function isOlder(id, other)
  local time, otherTime = string.match(id, '^(%x+%-%x+)%-7%x+%-'), string.match(other, '^(%x+%-%x+)%-7%x+%-')
  return time and otherTime and #time == #otherTime and time < otherTime
end

local function append(line, id, last)
  call('ZADD', line, (tonumber(last[2]) or 0) + 1, id)
end

-- Before those of the last 200 that are younger; each of them takes the place of the one behind it.
local function insert(line, id, last)
  local behind = call('ZREVRANGE', line, 0, 199, 'WITHSCORES')
  local place = tonumber(last[2]) + 1
  local moves = {}
  for i = 1, #behind, 2 do
    if not isOlder(id, behind[i]) then break end
    moves[#moves + 1] = place
    moves[#moves + 1] = behind[i]
    place = tonumber(behind[i + 1])
  end
  call('ZADD', line, place, id, unpack(moves))
end

-- Takes the place of a younger head that nobody holds yet: the queue was rebuilt in the wrong order.
local function displace(line, thread, headId, headScore, id)
  if headScore < TAIL then call('ZADD', WAITING, headScore + TAIL, headId) end
  local first = call('ZRANGE', line, 0, 0, 'WITHSCORES')
  call('ZADD', line, (tonumber(first[2]) or 1) - 1, headId)
  call('HSET', RECORDS, headField(thread), '+' .. id)
end

-- Returns the thread's head; whether that is the new entry decides where it waits.
local function join(id, thread, head, mayOvertake)
  local line, headId = LINE .. thread, sub(head, 2)
  if mayOvertake and isOlder(id, headId) then
    local score = call('ZSCORE', WAITING, headId)
    if score then
      displace(line, thread, headId, tonumber(score), id)
      return '+' .. id
    end
  end
  local last = call('ZRANGE', line, -1, -1, 'WITHSCORES')
  if mayOvertake and last[1] and isOlder(id, last[1]) then insert(line, id, last) else append(line, id, last) end
  call('HSET', RECORDS, headField(thread), '+' .. headId)
  return '+' .. headId
end
`;

const repair = /* lua */ `
-- A thread's head that is held back stands in the list of a full group; where that is lost, the next claim looks anew.
local function findParked(id, score)
  local _, _, parts = parse(call('HGET', RECORDS, id))
  if not parts then return end
  local installation = tostring(parts[3])
  for _, name in ipairs({ 'installation:' .. installation, 'repository:' .. installation .. '/' .. tostring(parts[4]) }) do
    if call('ZSCORE', PARKED .. ':' .. name, id) then
      call('SADD', PARKED, name)
      return
    end
  end
  call('ZADD', WAITING, score - TAIL, id)
  woken = true
end

-- Has an entry that is held back nobody who will let it go? Its line may be lost, or whoever was before it.
local function isStranded(id, thread, heads)
  local head = validHead(thread, call('HGET', RECORDS, headField(thread)) or advance(thread))
  heads[thread] = head
  if not head or sub(head, 2) ~= id then return not call('ZSCORE', LINE .. thread, id) end
  local score = tonumber(call('ZSCORE', WAITING, id))
  if score >= TAIL then findParked(id, score) end
  return false
end

local claimed

-- Is a known entry where a known entry can be? Part of the keys may have been lost, by eviction say.
local function isLost(id, thread, heads)
  local score = tonumber(call('ZSCORE', WAITING, id))
  if score then return score >= TAIL and isStranded(id, thread, heads) end
  if call('ZSCORE', DELAYED, id) then
    -- When it is due stands among the leases: where those are lost, nobody would look.
    if call('ZSCORE', LEASES, 'due') == false then noteNextDue() end
    return false
  end
  claimed = claimed or claimedIds()
  return not claimed[id]
end
`;

const addPlain = /* lua */ `
-- ARGV: how many buried entries are kept, whether to ring, the token and length of a lease for the one entry or '', one JSON
-- list of the entries' ids, their threads, what their priorities are worth and, unless all are due, their delays in
-- microseconds, then the json of each.
local ids, threads, offsets, delays = unpack(cjson.decode(ARGV[5]))
local isPlain, fields, count = not delays, { 'sequence' }, 1
for i, id in ipairs(ids) do
  fields[count + 1], fields[count + 2] = id, headField(threads[i])
  count = count + 2
end
local found = call('HMGET', RECORDS, unpack(fields))
for i = 2, count do
  if found[i] then isPlain = false end
end
local nowUs = clock()
-- Never the same twice and never backwards, whatever the clock does: first in, first out.
local firstSequence = max(nowUs, (tonumber(found[1]) or 0) + 1)
local sequence = firstSequence
local records, waiting = {}, {}

local function rankOf(place, offset)
  local rank = place + offset
  return rank < 0 and 0 or rank < TAIL and rank or TAIL - 1
end

-- New entries of as many new threads, all due: by far the most frequent, and the shortest.
if isPlain then
  local place = 0
  count = 1
  for i, id in ipairs(ids) do
    local rank = rankOf(sequence, offsets[i])
    local rankText = int(rank)
    records[place + 1], records[place + 2] = id, recordOf(rankText, rank, nowUs, ARGV[5 + i])
    records[place + 3], records[place + 4] = fields[count + 2], '=' .. id
    waiting[count], waiting[count + 1] = rankText, id
    sequence, place, count = sequence + 1, place + 4, count + 2
  end
  local added = call('HSET', RECORDS, 'sequence', int(sequence - 1), unpack(records)) + (found[1] and 1 or 0)
  if added == count then
    -- Who adds it waits for one, and nothing comes before it: it is claimed by being added.
    if ARGV[3] ~= '' and not isAnyFree() and call('HEXISTS', RECORDS, 'paused') == 0 then
      -- Where its record was lost it may still stand at the tail.
      call('ZREM', WAITING, ids[1])
      call('ZADD', LEASES, nowUs + ARGV[4], ARGV[3] .. '|' .. ids[1])
      return 2
    end
    call('ZADD', WAITING, unpack(waiting))
    if ARGV[2] == '1' then ring() end
    return 1
  end
  -- A task or a thread is among them twice: none of it stays.
  call('HDEL', RECORDS, unpack(fields, 2))
  sequence, records, waiting = firstSequence, {}, {}
end
`;

const addAny = /* lua */ `
local heads, seen = {}, {}

local function flush()
  if #records > 0 then call('HSET', RECORDS, unpack(records)) end
  if #waiting > 0 then call('ZADD', WAITING, unpack(waiting)) end
  records, waiting = {}, {}
end

local function add(id, offset, delayUs, thread, json, field, head, isReturning)
  local rank = rankOf(sequence, offset)
  if isReturning then
    call('ZREM', BURIED, id)
    call('HDEL', REASONS, id)
  end
  if head then
    flush()
    if sub(head, 2) ~= id then head = validHead(thread, head) end
  end
  local at = #records
  records[at + 1], records[at + 2] = id, recordOf(int(rank), rank, nowUs, json)
  local isHead = true
  if not head then
    head = '=' .. id
    records[at + 3], records[at + 4] = field, head
  elseif sub(head, 2) ~= id then
    head = join(id, thread, head, delayUs <= 0 and not isReturning)
    isHead = sub(head, 2) == id
  end
  heads[thread] = head
  if delayUs > 0 then
    delay(id, nowUs + delayUs)
  else
    at = #waiting
    waiting[at + 1], waiting[at + 2] = isHead and rank or rank + TAIL, id
    woken = woken or isHead
  end
  sequence = sequence + 1
end

-- The call was sent again, because its answer was lost.
if ARGV[3] ~= '' and call('ZSCORE', LEASES, ARGV[3] .. '|' .. ids[1]) then return 2 end

count = 1
for i, id in ipairs(ids) do
  local thread = threads[i]
  local known, head = found[count + 1], heads[thread] or found[count + 2]
  local isNew = not known or known == 'buried'
  if not isNew and not seen[id] then
    flush()
    isNew = isLost(id, thread, heads)
    head = heads[thread] or head
  end
  if isNew and not seen[id] then
    add(id, offsets[i], delays and delays[i] or 0, thread, ARGV[5 + i], fields[count + 2], head, known == 'buried')
  end
  seen[id] = true
  count = count + 2
end
if sequence > firstSequence then
  records[#records + 1] = 'sequence'
  records[#records + 1] = int(sequence - 1)
end
flush()
if mustRing or (woken and ARGV[2] == '1') then ring() end
return 1
`;

/** Adds entries that are not known yet, and returns 2 for one that it claimed; see `scriptStart` for where everything is kept. */
export const enqueueScript = redisScript(scriptStart, addPlain, entryParts, threadLines, joinLine, repair, addAny);
