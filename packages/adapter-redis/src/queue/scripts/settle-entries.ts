import { lanesModule } from "./lanes.js";
import { leasesModule } from "./leases.js";
import type { LuaModule } from "./redis-script.js";

/** Settles entries in the general case. */
export const settleEntriesModule: LuaModule = {
  uses: [leasesModule, lanesModule],
  text: /* lua */ `
-- Which of the completed entries were held, though the leases are gone? Not one that waits again, is claimed by another
-- worker or is not an entry any more: its lease had ended before. Nor the same entry twice.
local function heldOf(completed)
  local claimed, seen, held = claimedIds(), {}, {}
  for i, member in ipairs(completed) do
    local id = idOf(member)
    local record = call('HGET', RECORDS, id)
    local isEntry = record and record ~= 'buried' and not claimed[id] and not seen[id]
    if isEntry and not call('ZSCORE', WAITING, id) and not call('ZSCORE', DELAYED, id) then held[#held + 1] = i end
    seen[id] = true
  end
  return held
end

-- Removes completed entries, of whose leases so many were released. A lease that ended unnoticed counts as held.
local function completeAll(completed, lanes, released)
  if released == 0 then return end
  local held = {}
  for i = 1, #completed do held[i] = i end
  if released < #completed then held = heldOf(completed) end
  if #held == 0 then return end
  local fields, gone = {}, {}
  for k, i in ipairs(held) do
    fields[k] = headField(lanes[i])
    gone[k] = idOf(completed[i])
  end
  local heads = call('HMGET', RECORDS, unpack(fields))
  local count = #held
  for k, i in ipairs(held) do
    if heads[k] == '=' .. gone[k] then
      count = count + 1
      gone[count] = fields[k]
    elseif heads[k] == '+' .. gone[k] then
      advance(lanes[i])
    end
  end
  call('HDEL', RECORDS, unpack(gone))
end

-- Returns everything to the queue that was claimed under the tokens and not handed out: lists of a token and the ids.
local function recover(unconfirmed, nowUs, buriedLimit)
  local handedOut = {}
  for _, list in ipairs(unconfirmed) do
    local ids = {}
    for i = 2, #list do ids[list[i]] = true end
    handedOut[list[1]] = ids
  end
  eachLease(function(id, token, member)
    local ids = handedOut[token]
    if ids and not ids[id] then
      call('ZREM', LEASES, member)
      restore(id, nil, nowUs, buriedLimit)
    end
  end)
end

-- Extends, returns or buries one entry. Returns whether it was held, and whether waiting workers must set their timers anew.
local function settle(kind, member, lane, value, nowUs, buriedLimit)
  if kind == 'recover' then
    recover(cjson.decode(value), nowUs, buriedLimit)
    return true, false
  end
  local id = idOf(member)
  if kind == 'extend' then
    if not call('ZSCORE', LEASES, member) then return false, false end
    call('ZADD', LEASES, nowUs + value, member)
    return true, false
  end
  if call('ZREM', LEASES, member) == 0 then return false, false end
  if kind == 'bury' then
    bury(id, value, nowUs, buriedLimit)
    if lane ~= '' then leave(id, lane) end
  elseif kind == 'return' then
    restore(id, nil, nowUs, buriedLimit)
  elseif tonumber(value) > 0 then
    return true, delay(id, nowUs + value)
  else
    restore(id, nowUs, nowUs, buriedLimit)
  end
  return true, false
end
`,
};
