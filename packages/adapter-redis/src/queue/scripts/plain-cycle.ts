/**
 * By far the most frequent cycle: what was completed had nobody behind it in its thread, and what is claimed is free. It
 * takes as few commands as it can, since those are what a cycle costs. Anything unusual is left to the rest of the script,
 * with what was popped put back.
 */
export const plainCycle = /* lua */ `
local function putBack(popped)
  local waiting = {}
  for i = 1, #popped, 2 do waiting[i], waiting[i + 1] = popped[i + 1], popped[i] end
  if #waiting > 0 then call('ZADD', WAITING, unpack(waiting)) end
end

-- Pops those that could be claimed; nil when held-back ones may have to be let go, which the rest of the script does.
local function popFree()
  local popped = call('ZPOPMIN', WAITING, want)
  if not popped[1] or tonumber(popped[#popped]) < TAIL then return popped end
  if call('EXISTS', PARKED) == 1 then
    putBack(popped)
    return nil
  end
  local free, heldBack = {}, {}
  for i = 1, #popped, 2 do
    local side = tonumber(popped[i + 1]) < TAIL and free or heldBack
    side[#side + 1], side[#side + 2] = popped[i], popped[i + 1]
  end
  putBack(heldBack)
  return free
end

-- Nil when anything is unusual: by then the leases of what was completed are released, and everything else is as it was.
local function runPlain()
  if want > 0 then nowUs = clock() end
  if #completed > 0 and releaseAll() < #completed then return nil end
  local popped = want == 0 and {} or popFree()
  if not popped then return nil end
  local isExhausted = #popped < 2 * want
  local hasLooked = isExhausted or (want > 0 and ARGV[5] == '1')
  local nextUs = hasLooked and nextChange()
  if nextUs and nextUs <= nowUs then
    putBack(popped)
    return nil
  end
  local fields, count, gone, isGone = {}, #completed, {}, {}
  for i, member in ipairs(completed) do gone[i], fields[i] = idOf(member), headField(threads[i]) end
  for i = 1, #popped, 2 do
    count = count + 1
    fields[count] = popped[i]
  end
  if #popped > 0 then fields[count + 1] = 'paused' end
  local found = #fields > 0 and call('HMGET', RECORDS, unpack(fields)) or {}
  local isUnusual = #popped > 0 and found[count + 1]
  for i = 1, #completed do
    isUnusual = isUnusual or found[i] ~= '=' .. gone[i]
    isGone[gone[i]], gone[#completed + i] = true, fields[i]
  end
  local taken, leases, deadline, prefix, place = {}, {}, int((nowUs or 0) + leaseUs), ARGV[1] .. '|', 1
  for i = #completed + 1, count do
    local id, record = fields[i], found[i]
    isUnusual = isUnusual or not record or record == 'buried' or isGone[id]
    taken[place], taken[place + 1] = id, record
    leases[place], leases[place + 1] = deadline, prefix .. id
    place = place + 2
  end
  if isUnusual then
    putBack(popped)
    return nil
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
