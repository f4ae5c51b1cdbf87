import { catchUp } from "./catch-up.js";
import { cycleArguments } from "./cycle-arguments.js";
import { limits } from "./limits.js";
import { plainCycle } from "./plain-cycle.js";
import { entryParts, scriptStart } from "./prelude.js";
import { redisScript } from "./redis-script.js";
import { threadLines } from "./thread-lines.js";

const completeAll = /* lua */ `
-- Which of these did we hold, now that their leases are gone? Not what waits again, what somebody else holds or what is no
-- entry any more: its lease had ended before. Nor the same one twice.
local function heldOf()
  local claimed, seen, held = claimedIds(), {}, {}
  for i, member in ipairs(completed) do
    local id = idOf(member)
    local record = call('HGET', RECORDS, id)
    local isEntry = record and record ~= 'buried' and not claimed[id] and not seen[id]
    if isEntry and not call('ZSCORE', WAITING, id) and not call('ZSCORE', DELAYED, id) then held[#held + 1] = i end
    seen[id] = true
  end
  return held
end

local function completeAll()
  if releaseAll() == 0 then return end
  local held = {}
  for i = 1, #completed do held[i] = i end
  if released < #completed then held = heldOf() end
  if #held == 0 then return end
  local fields, gone = {}, {}
  for k, i in ipairs(held) do
    fields[k] = headField(threads[i])
    gone[k] = idOf(completed[i])
  end
  local heads = call('HMGET', RECORDS, unpack(fields))
  local count = #held
  for k, i in ipairs(held) do
    local head = heads[k]
    if head == '=' .. gone[k] then
      count = count + 1
      gone[count] = fields[k]
    elseif head == '+' .. gone[k] then
      advance(threads[i])
    end
  end
  call('HDEL', RECORDS, unpack(gone))
end
`;

const settle = /* lua */ `
-- All that was claimed under some tokens but for what was handed out: lists of a token and the ids.
local function recover(doubts, nowUs, buriedLimit)
  local handedOut = {}
  for _, doubt in ipairs(doubts) do
    local ids = {}
    for i = 2, #doubt do ids[doubt[i]] = true end
    handedOut[doubt[1]] = ids
  end
  eachLease(function(id, token, member)
    local ids = handedOut[token]
    if ids and not ids[id] then
      call('ZREM', LEASES, member)
      restore(id, nil, nowUs, buriedLimit)
    end
  end)
end

-- One entry that is extended, given back or buried; true when it was held.
local function settle(kind, member, thread, value, nowUs, buriedLimit)
  if kind == 'recover' then
    recover(cjson.decode(value), nowUs, buriedLimit)
    return true
  end
  local id = idOf(member)
  if kind == 'extend' then
    if not call('ZSCORE', LEASES, member) then return false end
    call('ZADD', LEASES, nowUs + value, member)
    return true
  end
  if call('ZREM', LEASES, member) == 0 then return false end
  if kind == 'bury' then
    bury(id, value, nowUs, buriedLimit)
    if thread ~= '' then leave(id, thread) end
  elseif kind == 'return' then
    restore(id, nil, nowUs, buriedLimit)
  elseif tonumber(value) > 0 then
    delay(id, nowUs + value)
  else
    restore(id, nowUs, nowUs, buriedLimit)
  end
  return true
end
`;

const take = /* lua */ `
-- Claims at most so many; returns them as id, record, id, record, and whether nothing claimable is left.
local function take(token, want, deadlineUs, repositoryLimit, installationLimit)
  local isLimited = repositoryLimit > 0 or installationLimit > 0
  local counts = isLimited and countClaimed(repositoryLimit, installationLimit)
  if isLimited then unpark(repositoryLimit, installationLimit, counts) end
  local taken, leases, deadline, prefix = {}, {}, int(deadlineUs), token .. '|'
  local isExhausted, isAtTail, looked = false, false, 0
  while #taken < want * 2 and not isExhausted and looked < 500 do
    local count = want - #taken / 2
    looked = looked + count
    local popped = call('ZPOPMIN', WAITING, count)
    isExhausted = #popped < count * 2
    local ids, back = {}, {}
    -- They come in order.
    local areAllFree = #popped > 0 and tonumber(popped[#popped]) < TAIL
    for i = 1, #popped, 2 do
      if areAllFree or tonumber(popped[i + 1]) < TAIL then
        ids[#ids + 1] = popped[i]
      else
        isExhausted, isAtTail = true, true
        back[#back + 1] = popped[i + 1]
        back[#back + 1] = popped[i]
      end
    end
    if #ids > 0 then
      ids[#ids + 1] = 'paused'
      local records = call('HMGET', RECORDS, unpack(ids))
      local isPaused = records[#ids]
      for i = 1, #ids - 1 do
        local id, record = ids[i], records[i]
        if isPaused then
          back[#back + 1] = popped[i * 2]
          back[#back + 1] = id
        elseif record and record ~= 'buried' then
          local isParked = false
          if isLimited then
            local rank, _, parts = parse(record)
            isParked = rank and park(id, rank, groupsOf(parts, repositoryLimit, installationLimit), counts)
          end
          if not isParked then
            taken[#taken + 1] = id
            taken[#taken + 1] = record
            leases[#leases + 1] = deadline
            leases[#leases + 1] = prefix .. id
          end
        end
      end
      isExhausted = isExhausted or (isPaused and true)
    end
    if #back > 0 then call('ZADD', WAITING, unpack(back)) end
  end
  if #leases > 0 then call('ZADD', LEASES, unpack(leases)) end
  -- What was held back while there were limits is let go.
  if isAtTail and not isLimited and call('EXISTS', PARKED) == 1 then
    unpark(0, 0, {})
    mustRing = mustRing or woken
  end
  return taken, isExhausted
end
`;

const main = /* lua */ `
local repositoryLimit, installationLimit, buriedLimit = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local nextUs
if #completed > 0 then releaseAll() end
if want > 0 or hasOthers then
  nowUs = nowUs or clock()
  nextUs = catchUp(nowUs, buriedLimit)
end
if #completed > 0 then completeAll() end
local answers = {}
for i = 10, #ARGV, 4 do
  local isHeld = settle(ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], nowUs, buriedLimit)
  answers[#answers + 1] = isHeld and '1' or '0'
end
if hasOthers then nextUs = nextChange() end
local taken, isExhausted = {}, false
if want > 0 then
  taken, isExhausted = take(ARGV[1], want, nowUs + leaseUs, repositoryLimit, installationLimit)
  if #taken > 0 then nextUs = min(nextUs or nowUs + leaseUs, nowUs + leaseUs) end
end
-- Whatever ended may have made room for an entry that was over a limit.
if repositoryLimit + installationLimit > 0 and (hasOthers or #completed > 0) and call('EXISTS', PARKED) == 1 then mustRing = true end
-- Who waits elsewhere is woken for something only: an entry that is left, or a due time that is new.
if mustRing or ((isRung or woken) and not isExhausted and isAnyFree()) then ring() end
return replyOf(want > 0 or hasOthers, nextUs, table.concat(answers), isExhausted, taken)
`;

/** One step of all workers of a process: what they finished goes out, what they may claim comes in. */
export const cycleScript = redisScript(
  scriptStart,
  cycleArguments,
  plainCycle,
  entryParts,
  threadLines,
  catchUp,
  limits,
  completeAll,
  settle,
  take,
  main,
);
