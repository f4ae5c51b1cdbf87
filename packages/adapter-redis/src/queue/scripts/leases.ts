import { cycleReplyModule } from "../calls/cycle-reply.js";
import { lanesModule } from "./lanes.js";
import { queueKeysModule } from "./queue-keys.js";
import type { LuaModule } from "./redis-script.js";

/**
 * The leases: a sorted set of `<token>|<id>` by when they end. The member `due` stands among them for the earliest delayed
 * entry, so that one lookup finds the next change that time brings.
 */
export const leasesModule: LuaModule = {
  uses: [queueKeysModule],
  text: /* lua */ `
-- Visits every lease: the id it is on, its token, and its member.
local function eachLease(visit)
  for _, member in ipairs(call('ZRANGE', LEASES, 0, -1)) do
    local bar = find(member, '|', 1, true)
    if bar then visit(sub(member, bar + 1), sub(member, 1, bar - 1), member) end
  end
end

-- The ids of all claimed entries, as a set.
local function claimedIds()
  local ids = {}
  eachLease(function(id) ids[id] = true end)
  return ids
end

local function updateNextDue()
  local first = call('ZRANGE', DELAYED, 0, 0, 'WITHSCORES')
  if first[1] then call('ZADD', LEASES, first[2], 'due') else call('ZREM', LEASES, 'due') end
  return first[1]
end

-- True if nothing else becomes due earlier: then workers that wait must look, to set their timers anew.
local function delay(id, dueUs)
  call('ZADD', DELAYED, dueUs, id)
  return updateNextDue() == id
end
`,
};

/** Returns entries whose lease has ended and entries that have become due to the waiting set. */
export const catchUpModule: LuaModule = {
  uses: [cycleReplyModule, leasesModule, lanesModule],
  text: /* lua */ `
-- At most 200 of each: the next call continues. Returns true if anything changed.
local function catchUp(nowUs, buriedLimit)
  local nextUs = nextChangeUs()
  if not nextUs or nextUs > nowUs then return false end
  local lapsed = call('ZRANGEBYSCORE', LEASES, '-inf', nowUs, 'WITHSCORES', 'LIMIT', 0, 200)
  for i = 1, #lapsed, 2 do
    call('ZREM', LEASES, lapsed[i])
    local bar = find(lapsed[i], '|', 1, true)
    if bar then restore(sub(lapsed[i], bar + 1), tonumber(lapsed[i + 1]), nowUs, buriedLimit) end
  end
  local due = call('ZRANGEBYSCORE', DELAYED, '-inf', nowUs, 'WITHSCORES', 'LIMIT', 0, 200)
  for i = 1, #due, 2 do
    call('ZREM', DELAYED, due[i])
    restore(due[i], tonumber(due[i + 1]), nowUs, buriedLimit)
  end
  updateNextDue()
  return true
end
`,
};
