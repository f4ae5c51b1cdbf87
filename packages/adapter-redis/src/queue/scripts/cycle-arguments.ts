/** What a cycle is asked for, and how it answers. */
export const cycleArguments = /* lua */ `
-- ARGV: token, how many to claim, lease, whether the marker was taken, whether to look at what time has brought, limits of
-- a repository and an installation, how many buried entries are kept, one JSON list of the leases of completed entries and
-- of their threads, then kind, member, thread and value of each other one.
local want, leaseUs, isRung = tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4] == '1'
local completed, threads = unpack(cjson.decode(ARGV[9]))
local nowUs, released

-- Returns how many leases of the completed entries were still there. It takes no clock: one that ended unnoticed counts.
local function releaseAll()
  released = released or call('ZREM', LEASES, unpack(completed))
  return released
end

local function nextChange()
  return tonumber(call('ZRANGE', LEASES, 0, 0, 'WITHSCORES')[2])
end

-- When time will bring something ('' when nobody looked, -1 for never), the answers, and so on. One text, since each element
-- of a list costs; a list only when an element has a line end in it.
local function replyOf(hasLooked, nextUs, answers, isExhausted, taken)
  local untilMs = not hasLooked and '' or nextUs and max(0, ceil((nextUs - nowUs) / 1000)) or -1
  local parts = { untilMs, answers, isExhausted and 1 or 0, unpack(taken) }
  if find(table.concat(parts), '\\n', 1, true) then return parts end
  return table.concat(parts, '\\n')
end
`;
