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
