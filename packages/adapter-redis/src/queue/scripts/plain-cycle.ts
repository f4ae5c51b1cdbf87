/**
 * By far the most frequent cycle: what was completed had nobody behind it in its thread, and what is claimed is free. It
 * takes as few commands as it can, since those are what a cycle costs. Anything unusual is left to the rest of the script,
 * with what was popped put back.
 */
export const plainCycle = /* lua */ `
-- ARGV: token, how many to claim, lease, whether the marker was taken, whether to look at what time has brought, limits of
-- a repository and an installation, how many buried entries are kept, leases of completed entries and their threads as
-- JSON lists, then kind, member, thread and value of each other one.
local want, leaseUs, isRung = tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4] == '1'
local completed, threads = cjson.decode(ARGV[9]), cjson.decode(ARGV[10])
local nowUs, released

-- How many leases of the completed entries were still there. It takes no clock: one that ended unnoticed still counts.
local function release()
  return call('ZREM', LEASES, unpack(completed))
end

local function nextChange()
  return tonumber(call('ZRANGE', LEASES, 0, 0, 'WITHSCORES')[2])
end

-- When time will bring something: '' when nobody looked, -1 for never. One text, since each element of a list costs; a list
-- where a line end in it would be taken for the end of an element.
local function replyOf(hasLooked, nextUs, answers, isExhausted, taken)
  local untilMs = not hasLooked and '' or nextUs and max(0, ceil((nextUs - nowUs) / 1000)) or -1
  local parts = { untilMs, answers, isExhausted and 1 or 0, unpack(taken) }
  if find(table.concat(parts), '\\n', 1, true) then return parts end
  return table.concat(parts, '\\n')
end

local function putBack(popped)
  local waiting = {}
  for i = 1, #popped, 2 do waiting[i], waiting[i + 1] = popped[i + 1], popped[i] end
  if #waiting > 0 then call('ZADD', WAITING, unpack(waiting)) end
end

-- Nil when anything is unusual.
local function runPlain()
  if want > 0 then nowUs = clock() end
  if #completed > 0 then
    released = release()
    if released < #completed then return nil end
  end
  local popped = want > 0 and call('ZPOPMIN', WAITING, want) or {}
  local isExhausted = #popped < 2 * want
  local hasLooked = isExhausted or (want > 0 and ARGV[5] == '1')
  local nextUs = hasLooked and nextChange()
  local isDue, isHeldBack = nextUs and nextUs <= nowUs, popped[1] and tonumber(popped[#popped]) >= TAIL
  if isDue or isHeldBack then return putBack(popped) end
  local fields, count, gone = {}, #completed, {}
  for i, member in ipairs(completed) do gone[i], fields[i] = idOf(member), headField(threads[i]) end
  for i = 1, #popped, 2 do
    count = count + 1
    fields[count] = popped[i]
  end
  fields[count + 1] = 'paused'
  local found = call('HMGET', RECORDS, unpack(fields))
  if found[count + 1] then return putBack(popped) end
  for i = 1, #completed do
    if found[i] ~= '=' .. gone[i] then return putBack(popped) end
    gone[#completed + i] = fields[i]
  end
  -- As text at once: a number is written anew for each command that takes it, and slowly.
  local taken, leases, deadline, prefix, place = {}, {}, format('%.0f', (nowUs or 0) + leaseUs), ARGV[1] .. '|', 1
  for i = #completed + 1, count do
    local id, record = fields[i], found[i]
    if not record or record == 'buried' then return putBack(popped) end
    taken[place], taken[place + 1] = id, record
    leases[place], leases[place + 1] = deadline, prefix .. id
    place = place + 2
  end
  if #completed > 0 then call('HDEL', RECORDS, unpack(gone)) end
  if place > 1 then
    call('ZADD', LEASES, unpack(leases))
    if hasLooked then nextUs = min(nextUs or nowUs + leaseUs, nowUs + leaseUs) end
  end
  -- Who waits elsewhere is woken for what is left.
  if isRung and not isExhausted and isAnyFree() then ring() end
  return replyOf(hasLooked, nextUs, '', isExhausted, taken)
end

local isUnlimited, hasOthers = ARGV[6] == '0' and ARGV[7] == '0', #ARGV > 10
local reply = isUnlimited and not hasOthers and runPlain()
if reply then return reply end
`;
