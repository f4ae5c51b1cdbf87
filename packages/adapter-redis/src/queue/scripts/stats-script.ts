import { recordsModule } from "../queue-record.js";
import { catchUpModule, leasesModule } from "./leases.js";
import { markersModule } from "./queue-keys.js";
import { redisScript } from "./redis-script.js";

/**
 * Returns the counts of waiting, delayed, claimed and buried entries, and how long the oldest one has waited, in
 * milliseconds; -1 if none waits. The oldest is looked for among the first 500 that can be claimed of each kind and the first
 * 500 that are held back: those were ranked highest, so no other one has waited much longer.
 */
export const statsScript = redisScript({
  uses: [recordsModule, leasesModule, catchUpModule, markersModule],
  text: /* lua */ `
local BURIED_LIMIT = unpack(ARGV)
local nowUs = clock()
local hasChanged = catchUp(nowUs, tonumber(BURIED_LIMIT))
updateNextDue()
if hasChanged then notifyIfAnyFree() end
local claimed = call('ZCARD', LEASES)
if call('ZSCORE', LEASES, 'due') then claimed = claimed - 1 end
local oldest = nil
for _, range in ipairs({ { '-inf', '(' .. int(TASKS) }, { int(TASKS), '(' .. int(TAIL) }, { int(TAIL), '+inf' } }) do
  local ids = call('ZRANGEBYSCORE', WAITING, range[1], range[2], 'LIMIT', 0, 500)
  if #ids > 0 then
    for _, record in ipairs(call('HMGET', RECORDS, unpack(ids))) do
      local rank, before = match(record or '', '^(%d+) (%-?%d+) ')
      local since = rank and (rank % TASKS + EPOCH) / 1000 - before
      if since and (not oldest or since < oldest) then oldest = since end
    end
  end
end
local oldestMs = oldest and max(0, math.floor(nowUs / 1000 - oldest)) or -1
return { call('ZCARD', WAITING), call('ZCARD', DELAYED), claimed, call('ZCARD', BURIED), oldestMs }
`,
});
