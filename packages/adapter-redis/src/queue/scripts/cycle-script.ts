import { claimEntriesModule } from "./claim-entries.js";
import { claimedTasksModule } from "./installation-limit.js";
import { plainCycleModule } from "./plain-cycle.js";
import { redisScript } from "./redis-script.js";
import { settleEntriesModule } from "./settle-entries.js";

/**
 * One step of all workers of a process: settlements go in, claimed entries come out.
 *
 * `COMPLETED` is one JSON list of the leases of completed entries and of their lanes; kind, lease, lane and value of every
 * other settlement follow it.
 */
export const cycleScript = redisScript(
  {
    uses: [plainCycleModule],
    text: /* lua */ `
local TOKEN, WANT, LEASE_US, KIND, LIMIT, BURIED_LIMIT, TOOK_MARKER, SHOULD_POLL, COMPLETED = unpack(ARGV, 1, 9)
local FIRST_OTHER = 10
local request = {
  token = TOKEN, want = tonumber(WANT), leaseUs = tonumber(LEASE_US), kind = KIND, limit = tonumber(LIMIT),
  tookMarker = TOOK_MARKER == '1', shouldPoll = SHOULD_POLL == '1',
}
local completed, lanes = unpack(cjson.decode(COMPLETED))
local isPlain, released = #ARGV < FIRST_OTHER, nil
local nowUs = request.want > 0 and clock() or nil
local reply
if isPlain and request.limit == 0 then reply, released = runPlain(request, completed, lanes, nowUs) end
if reply then return reply end
`,
  },
  {
    uses: [claimedTasksModule],
    text: /* lua */ `
if isPlain and request.limit > 0 then
  reply, released = runPlain(request, completed, lanes, nowUs, limiter)
  if reply then return reply end
end
`,
  },
  {
    uses: [settleEntriesModule, claimEntriesModule],
    text: /* lua */ `
local buriedLimit, mustNotify, answers = tonumber(BURIED_LIMIT), false, {}
nowUs = nowUs or clock()
if not released then released = #completed > 0 and call('ZREM', LEASES, unpack(completed)) or 0 end
catchUp(nowUs, buriedLimit)
completeAll(completed, lanes, released)
for i = FIRST_OTHER, #ARGV, 4 do
  local isHeld, isNextDue = settle(ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], nowUs, buriedLimit)
  answers[#answers + 1] = isHeld and '1' or '0'
  mustNotify = mustNotify or isNextDue
end
local taken, isExhausted = claimEntries(request, unpark(request.limit), nowUs)
if mustNotify then notify() else notifyIfAnyFree() end
return replyOf(true, nextChangeUs(), nowUs, table.concat(answers), isExhausted, taken)
`,
  },
);
