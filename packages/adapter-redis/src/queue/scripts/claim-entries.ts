import { claimedTasksModule, parkingModule } from "./installation-limit.js";
import { catchUpModule } from "./leases.js";
import { claimRangeModule } from "./plain-cycle.js";
import type { LuaModule } from "./redis-script.js";

/** Claims in the general case: after what time has brought, and within the limit of each installation. */
export const claimEntriesModule: LuaModule = {
  uses: [claimRangeModule, claimedTasksModule, catchUpModule, parkingModule],
  text: /* lua */ `
-- Returns the claimed entries as id, record, id, record …, and whether nothing claimable is left.
local function claimEntries(request, counts, nowUs)
  local want, limit, taken, leases = request.want, request.limit, {}, {}
  local deadline, prefix = int(nowUs + request.leaseUs), request.token .. '|'
  local from, to = claimRange(request.kind)
  local isExhausted, looked = false, 0
  -- After many parked or lost entries the next call continues.
  while #taken < want * 2 and not isExhausted and looked < 500 do
    local count = want - #taken / 2
    local ids = call('ZRANGEBYSCORE', WAITING, from, to, 'LIMIT', 0, count)
    looked, isExhausted = looked + count, #ids < count
    if #ids > 0 then
      call('ZREM', WAITING, unpack(ids))
      for i, record in ipairs(call('HMGET', RECORDS, unpack(ids))) do
        local id = ids[i]
        if counts and record and not tryCount(counts, record, limit) then
          park(id, record)
        elseif record and record ~= 'buried' then
          taken[#taken + 1] = id
          taken[#taken + 1] = record
          leases[#leases + 1] = deadline
          leases[#leases + 1] = prefix .. id
        end
      end
    end
  end
  if #leases > 0 then call('ZADD', LEASES, unpack(leases)) end
  return taken, isExhausted
end
`,
};
