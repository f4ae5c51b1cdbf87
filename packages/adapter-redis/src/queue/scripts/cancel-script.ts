import { lanesModule } from "./lanes.js";
import { catchUpModule, leasesModule } from "./leases.js";
import { markersModule } from "./queue-keys.js";
import { redisScript } from "./redis-script.js";

/** Removes an entry that is not claimed; returns 0 if it is unknown or claimed. */
export const cancelScript = redisScript({
  uses: [lanesModule, leasesModule, catchUpModule, markersModule],
  text: /* lua */ `
local BURIED_LIMIT, ID = unpack(ARGV)

local function remove(id)
  if call('ZREM', BURIED, id) == 1 then
    call('HDEL', REASONS, id)
    call('HDEL', RECORDS, id)
    return 1
  end
  local record = call('HGET', RECORDS, id)
  local isDelayed = call('ZREM', DELAYED, id) == 1
  if isDelayed then updateNextDue() elseif call('ZREM', WAITING, id) == 0 then return 0 end
  call('HDEL', RECORDS, id)
  local _, _, parts = parse(record)
  if parts then leave(id, parts[2]) end
  return 1
end

local hasChanged = catchUp(clock(), tonumber(BURIED_LIMIT))
local removed = remove(ID)
if hasChanged or removed == 1 then notifyIfAnyFree() end
return removed
`,
});
