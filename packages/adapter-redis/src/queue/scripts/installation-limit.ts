import { recordsModule } from "../queue-record.js";
import { leasesModule } from "./leases.js";
import type { LuaModule } from "./redis-script.js";

/** How many tasks of each installation are claimed. Counted from the leases each time: nothing can drift. */
export const claimedTasksModule: LuaModule = {
  uses: [recordsModule, leasesModule],
  text: /* lua */ `
local function countClaimedTasks()
  local ids, counts = {}, {}
  eachLease(function(id) ids[#ids + 1] = id end)
  for from = 1, #ids, 1000 do
    for _, record in ipairs(call('HMGET', RECORDS, unpack(ids, from, min(from + 999, #ids)))) do
      local installation = installationOf(record)
      if installation then counts[installation] = (counts[installation] or 0) + 1 end
    end
  end
  return counts
end

-- Counts one more task of the record's installation; false if that is over the limit. Commands are not counted.
local function tryCount(counts, record, limit)
  local installation = installationOf(record)
  if not installation then return true end
  local count = (counts[installation] or 0) + 1
  if count > limit then return false end
  counts[installation] = count
  return true
end

local limiter = { countClaimedTasks = countClaimedTasks, tryCount = tryCount }
`,
};

/**
 * Tasks over the limit are parked: they keep their place in the waiting set, behind everything that can be claimed, and
 * stand in a sorted set of their installation by rank, until there is room again. The set of those installations exists
 * while any task is parked.
 */
export const parkingModule: LuaModule = {
  uses: [recordsModule, claimedTasksModule],
  text: /* lua */ `
local function park(id, record)
  local installation, rank = installationOf(record), tonumber(match(record, '^%d+'))
  call('ZADD', WAITING, rank + TAIL, id)
  call('ZADD', PARKED .. ':' .. installation, rank, id)
  call('SADD', PARKED, installation)
end

-- Makes a parked task claimable again. False if it is not held back, or by its lane: it was cancelled or overtaken.
local function unparkOne(id)
  local score = tonumber(call('ZSCORE', WAITING, id))
  if not score or score < TAIL then return false end
  local _, _, parts = parse(call('HGET', RECORDS, id))
  local head = parts and call('HGET', RECORDS, headField(parts[2]))
  if not head or sub(head, 2) ~= id then return false end
  call('ZADD', WAITING, score - TAIL, id)
  return true
end

-- Unparks the first tasks of each installation that has room; all, in portions, if there is no limit any more. Returns
-- the counts of claimed tasks, or nil without a limit.
local function unpark(limit)
  local counts = limit > 0 and countClaimedTasks() or nil
  for _, installation in ipairs(call('SMEMBERS', PARKED)) do
    local list = PARKED .. ':' .. installation
    local room = counts and limit - (counts[installation] or 0) or 200
    while room > 0 do
      local parked = call('ZPOPMIN', list, room)
      if #parked == 0 then break end
      for i = 1, #parked, 2 do
        if unparkOne(parked[i]) then room = room - 1 end
      end
    end
    if call('EXISTS', list) == 0 then call('SREM', PARKED, installation) end
  end
  return counts
end
`,
};
