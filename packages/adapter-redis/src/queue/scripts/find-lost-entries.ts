import { claimedTasksModule } from "./installation-limit.js";
import { lanesModule } from "./lanes.js";
import { leasesModule } from "./leases.js";
import type { LuaModule } from "./redis-script.js";

/** Whether an entry with a record is where such an entry can be: part of the keys may be lost, e.g. by eviction. */
export const lostEntriesModule: LuaModule = {
  uses: [lanesModule, leasesModule, claimedTasksModule],
  text: /* lua */ `
-- A head of a lane that is held back is parked; where the list of parked tasks is lost, the next claim decides anew.
local function repairParked(id, score)
  local installation = installationOf(call('HGET', RECORDS, id))
  if installation and call('ZSCORE', PARKED .. ':' .. installation, id) then
    call('SADD', PARKED, installation)
  else
    call('ZADD', WAITING, score - TAIL, id)
  end
end

-- Is there nothing that will let an entry go that is held back? The rest of its lane may be lost. Keeps the lane's head.
local function isStranded(id, lane, heads)
  local head = validHead(lane, call('HGET', RECORDS, headField(lane)) or advance(lane))
  heads[lane] = head
  if not head or sub(head, 2) ~= id then return not call('ZSCORE', LANE .. lane, id) end
  local score = tonumber(call('ZSCORE', WAITING, id))
  if score >= TAIL then repairParked(id, score) end
  return false
end

local function isLost(id, lane, heads, isClaimed)
  local score = tonumber(call('ZSCORE', WAITING, id))
  if score then return score >= TAIL and isStranded(id, lane, heads) end
  if call('ZSCORE', DELAYED, id) then
    -- When it is due stands among the leases: where those are lost, no call would look.
    if not call('ZSCORE', LEASES, 'due') then updateNextDue() end
    return false
  end
  return not isClaimed(id)
end
`,
};
