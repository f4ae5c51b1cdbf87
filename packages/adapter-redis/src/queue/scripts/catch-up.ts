import { lanesModule } from "./lanes.js";
import { leasesModule } from "./leases.js";
import type { LuaModule } from "./redis-script.js";

/** What time has brought: entries whose lease has ended and entries that have become due return to the waiting set. */
export const catchUpModule: LuaModule = {
  uses: [leasesModule, lanesModule],
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
