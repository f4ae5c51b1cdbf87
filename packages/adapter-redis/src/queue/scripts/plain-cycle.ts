/**
 * By far the most frequent cycle: what was completed had nobody behind it in its thread, and what is claimed is free. It
 * takes as few commands as it can, since those are what a cycle costs. It looks before it changes anything: whatever is
 * unusual is left to the rest of the script.
 */
export const plainCycle = /* lua */ `
-- Nil when anything is unusual: by then the leases of what was completed are released, and everything else is as it was.
local function runPlain()
  if want > 0 then nowUs = clock() end
  if #completed > 0 and releaseAll() < #completed then return nil end
  local ids = want == 0 and {} or call('ZRANGEBYSCORE', WAITING, '-inf', '(' .. int(TAIL), 'LIMIT', 0, want)
  local isExhausted = #ids < want
  -- Those that a limit held back may have to be let go.
  if isExhausted and call('EXISTS', PARKED) == 1 and call('ZCARD', WAITING) > #ids then return nil end
  local hasLooked = isExhausted or (want > 0 and ARGV[5] == '1')
  local nextUs = hasLooked and nextChange()
  if nextUs and nextUs <= nowUs then return nil end
  local fields, count, gone, isGone = {}, #completed, {}, {}
  for i, member in ipairs(completed) do gone[i], fields[i] = idOf(member), headField(threads[i]) end
  for _, id in ipairs(ids) do
    count = count + 1
    fields[count] = id
  end
  if #ids > 0 then fields[count + 1] = 'paused' end
  local found = #fields > 0 and call('HMGET', RECORDS, unpack(fields)) or {}
  local isUnusual = #ids > 0 and found[count + 1]
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
  if isUnusual then return nil end
  if #completed > 0 then call('HDEL', RECORDS, unpack(gone)) end
  if #ids > 0 then
    call('ZREMRANGEBYRANK', WAITING, 0, #ids - 1)
    call('ZADD', LEASES, unpack(leases))
    if hasLooked then nextUs = min(nextUs or nowUs + leaseUs, nowUs + leaseUs) end
  end
  -- Who waits elsewhere is woken for what is left.
  if isRung and not isExhausted and isAnyFree() then ring() end
  return replyOf(hasLooked, nextUs, '', isExhausted, taken)
end

local isUnlimited, hasOthers = ARGV[6] == '0' and ARGV[7] == '0', #ARGV > 9
local reply = isUnlimited and not hasOthers and runPlain()
if reply then return reply end
`;
