import { cycleReplyModule } from "../calls/cycle-reply.js";
import { markersModule, queueKeysModule } from "./queue-keys.js";
import type { LuaModule } from "./redis-script.js";

/** The scores of the entries that claims of a kind want. */
export const claimRangeModule: LuaModule = {
  uses: [queueKeysModule],
  text: /* lua */ `
local function claimRange(kind)
  if kind == 'command' then return '-inf', '(' .. int(TASKS) end
  return kind == 'task' and int(TASKS) or '-inf', '(' .. int(TAIL)
end
`,
};

/**
 * By far the most frequent cycle: nothing stood behind the completed entries in their lanes, and what is claimed is free.
 * It takes as few commands as possible, since those are the cost of a cycle. It looks before it changes anything, and leaves
 * everything unusual to the rest of the script.
 */
export const plainCycleModule: LuaModule = {
  uses: [cycleReplyModule, claimRangeModule, markersModule],
  text: /* lua */ `
-- Returns the reply, or nil if anything is unusual: then only the leases of the completed entries have been released, and
-- how many those were is returned second. The functions of the limiter are those of the module claimedTasks.
local function runPlain(request, completed, lanes, nowUs, limiter)
  local want, released = request.want, 0
  if #completed > 0 then
    released = call('ZREM', LEASES, unpack(completed))
    if released < #completed then return nil, released end
  end
  local from, to = claimRange(request.kind)
  local ids = want == 0 and {} or call('ZRANGEBYSCORE', WAITING, from, to, 'LIMIT', 0, want)
  local isExhausted = #ids < want
  if (isExhausted or limiter) and call('EXISTS', PARKED) == 1 then return nil, released end
  local hasLooked = isExhausted or (want > 0 and request.shouldPoll)
  local nextUs = hasLooked and nextChangeUs()
  if nextUs and nextUs <= nowUs then return nil, released end

  local fields, count, gone, isGone = {}, #completed, {}, {}
  for i, member in ipairs(completed) do gone[i], fields[i] = idOf(member), headField(lanes[i]) end
  for _, id in ipairs(ids) do
    count = count + 1
    fields[count] = id
  end
  local found = count > 0 and call('HMGET', RECORDS, unpack(fields)) or {}
  for i = 1, #completed do
    if found[i] ~= '=' .. gone[i] then return nil, released end
    isGone[gone[i]], gone[#completed + i] = true, fields[i]
  end
  local counts = limiter and #ids > 0 and limiter.countClaimedTasks()
  local taken, leases, place = {}, {}, 1
  local deadlineUs, prefix = (nowUs or 0) + request.leaseUs, request.token .. '|'
  local deadline = int(deadlineUs)
  for i = #completed + 1, count do
    local id, record = fields[i], found[i]
    if not record or record == 'buried' or isGone[id] then return nil, released end
    if counts and not limiter.tryCount(counts, record, request.limit) then return nil, released end
    taken[place], taken[place + 1] = id, record
    leases[place], leases[place + 1] = deadline, prefix .. id
    place = place + 2
  end

  if #completed > 0 then call('HDEL', RECORDS, unpack(gone)) end
  if #ids > 0 then
    if request.kind == 'task' then
      call('ZREM', WAITING, unpack(ids))
    else
      call('ZREMRANGEBYRANK', WAITING, 0, #ids - 1)
    end
    call('ZADD', LEASES, unpack(leases))
    if hasLooked then nextUs = min(nextUs or deadlineUs, deadlineUs) end
  end
  if request.tookMarker and not (isExhausted and request.kind == '') then notifyIfAnyFree() end
  return replyOf(hasLooked, nextUs, nowUs, '', isExhausted, taken)
end
`,
};
