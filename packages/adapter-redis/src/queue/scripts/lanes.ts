import { newRecordModule, recordsModule } from "../queue-record.js";
import type { LuaModule } from "./redis-script.js";

/** The head of a lane may be claimed; the entries behind it stand in a sorted set of the lane, in order. */
export const lanesModule: LuaModule = {
  uses: [newRecordModule, recordsModule],
  text: /* lua */ `
-- The next entry of the lane becomes its head, and is claimable if it waits. Returns the head as its field has it, or nil.
local function advance(lane)
  local line = LANE .. lane
  local nextId = call('ZPOPMIN', line)[1]
  if not nextId then
    call('HDEL', RECORDS, headField(lane))
    return nil
  end
  local head = (call('EXISTS', line) == 1 and '+' or '=') .. nextId
  call('HSET', RECORDS, headField(lane), head)
  local score = tonumber(call('ZSCORE', WAITING, nextId))
  if score and score >= TAIL then call('ZADD', WAITING, score - TAIL, nextId) end
  return head
end

local function leave(id, lane)
  local head = call('HGET', RECORDS, headField(lane))
  if head and sub(head, 2) == id then advance(lane) else call('ZREM', LANE .. lane, id) end
end

-- Skips heads whose record is lost: they must not hold the lane back.
local function validHead(lane, head)
  while head do
    local record = call('HGET', RECORDS, sub(head, 2))
    if record and record ~= 'buried' then return head end
    head = advance(lane)
  end
  return nil
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

-- Returns an entry to the waiting set at its old rank. Its wait began at sinceUs; nil leaves the beginning as it was.
local function restore(id, sinceUs, nowUs, buriedLimit)
  local record = call('HGET', RECORDS, id)
  if not record then return end
  local rank, json, parts = parse(record)
  if not rank then return bury(id, 'Its record in the queue cannot be read', nowUs, buriedLimit) end
  if sinceUs then call('HSET', RECORDS, id, recordOf(int(rank), rank % TASKS + EPOCH, sinceUs, json)) end
  local field = headField(parts[2])
  local head = call('HGET', RECORDS, field)
  if not head then
    head = '=' .. id
    call('HSET', RECORDS, field, head)
  end
  call('ZADD', WAITING, sub(head, 2) == id and rank or rank + TAIL, id)
end
`,
};

/** Where a new entry stands in a lane that has others: a queue that is rebuilt may get them in the wrong order. */
export const laneOrderModule: LuaModule = {
  uses: [lanesModule],
  text: /* lua */ `
-- Was the first entry certainly made before the other? Ids made in one millisecond, or of another kind, do not tell.
local function isOlder(id, other)
  local time, otherTime = match(id, '^(%x+%-%x+)%-7%x+%-'), match(other, '^(%x+%-%x+)%-7%x+%-')
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

-- Takes the place of a younger head that is not claimed yet.
local function displace(line, lane, headId, headScore, id)
  if headScore < TAIL then call('ZADD', WAITING, headScore + TAIL, headId) end
  local first = call('ZRANGE', line, 0, 0, 'WITHSCORES')
  call('ZADD', line, (tonumber(first[2]) or 1) - 1, headId)
  call('HSET', RECORDS, headField(lane), '+' .. id)
end

-- Joins a lane that has a head. Returns the head afterwards: whether that is the new entry decides where it waits.
local function join(id, lane, head, mayOvertake)
  local line, headId = LANE .. lane, sub(head, 2)
  if mayOvertake and isOlder(id, headId) then
    local score = call('ZSCORE', WAITING, headId)
    if score then
      displace(line, lane, headId, tonumber(score), id)
      return '+' .. id
    end
  end
  local last = call('ZRANGE', line, -1, -1, 'WITHSCORES')
  if mayOvertake and last[1] and isOlder(id, last[1]) then insert(line, id, last) else append(line, id, last) end
  call('HSET', RECORDS, headField(lane), '+' .. headId)
  return '+' .. headId
end
`,
};
