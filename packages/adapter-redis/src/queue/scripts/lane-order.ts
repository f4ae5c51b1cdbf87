import { lanesModule } from "./lanes.js";
import type { LuaModule } from "./redis-script.js";

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
