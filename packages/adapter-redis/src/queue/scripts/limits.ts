/**
 * How many entries of one repository and of one installation may be claimed at once. An entry over a limit keeps its place
 * at the tail and in a list of its own, until a claim finds room again. The counts are those of the leases: nothing can
 * drift.
 */
export const limits = /* lua */ `
local function groupsOf(parts, repositoryLimit, installationLimit)
  local groups = {}
  if installationLimit > 0 then groups[1] = { 'installation:' .. tostring(parts[3]), installationLimit } end
  if repositoryLimit > 0 then
    groups[#groups + 1] = { 'repository:' .. tostring(parts[3]) .. '/' .. tostring(parts[4]), repositoryLimit }
  end
  return groups
end

local function countClaimed(repositoryLimit, installationLimit)
  local ids, counts = {}, {}
  eachLease(function(id) ids[#ids + 1] = id end)
  for from = 1, #ids, 1000 do
    for _, record in ipairs(call('HMGET', RECORDS, unpack(ids, from, min(from + 999, #ids)))) do
      local _, _, parts = parse(record)
      for _, group in ipairs(parts and groupsOf(parts, repositoryLimit, installationLimit) or {}) do
        counts[group[1]] = (counts[group[1]] or 0) + 1
      end
    end
  end
  return counts
end

-- True, and parked, when one of its groups is full.
local function park(id, rank, groups, counts)
  for _, group in ipairs(groups) do
    if (counts[group[1]] or 0) >= group[2] then
      call('ZADD', WAITING, rank + TAIL, id)
      call('ZADD', PARKED .. ':' .. group[1], rank, id)
      call('SADD', PARKED, group[1])
      return true
    end
  end
  for _, group in ipairs(groups) do counts[group[1]] = (counts[group[1]] or 0) + 1 end
  return false
end

-- Each list gets as many of its first entries back among the claimable as there is room for.
local function unpark(repositoryLimit, installationLimit, counts)
  for _, name in ipairs(call('SMEMBERS', PARKED)) do
    local limit = sub(name, 1, 1) == 'i' and installationLimit or repositoryLimit
    local room = limit > 0 and limit - (counts[name] or 0) or 200
    local list, looked = PARKED .. ':' .. name, 0
    while room > 0 and looked < 500 do
      local parked = call('ZPOPMIN', list, room)
      if #parked == 0 then break end
      looked = looked + #parked / 2
      for i = 1, #parked, 2 do
        local id = parked[i]
        local score = tonumber(call('ZSCORE', WAITING, id))
        local _, _, parts = parse(call('HGET', RECORDS, id))
        local head = parts and call('HGET', RECORDS, headField(parts[1]))
        -- It may have been cancelled or overtaken in its thread meanwhile.
        if score and score >= TAIL and head and sub(head, 2) == id then
          call('ZADD', WAITING, score - TAIL, id)
          room, woken = room - 1, true
        end
      end
    end
    if looked > 0 and call('EXISTS', list) == 0 then call('SREM', PARKED, name) end
  end
end
`;
