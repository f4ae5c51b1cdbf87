/** What time has brought: leases that ended and entries that became due go back among the waiting. */
export const catchUp = /* lua */ `
-- Returns when time will bring something next, or nil.
local function catchUp(nowUs, buriedLimit)
  local first = call('ZRANGE', LEASES, 0, 0, 'WITHSCORES')
  local nextUs = tonumber(first[2])
  if not nextUs or nextUs > nowUs then return nextUs end
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
  noteNextDue()
  first = call('ZRANGE', LEASES, 0, 0, 'WITHSCORES')
  return tonumber(first[2])
end
`;
