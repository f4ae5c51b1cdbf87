import { newRecordModule } from "../queue-record.js";
import { claimedTasksModule } from "./installation-limit.js";
import { laneOrderModule, lanesModule } from "./lanes.js";
import { leasesModule } from "./leases.js";
import type { LuaModule } from "./redis-script.js";

/** Adds new tasks, each due and with a lane of its own: by far the most frequent case. */
export const addPlainModule: LuaModule = {
  uses: [newRecordModule],
  text: /* lua */ `
-- The rank of an entry, and the time it stands for.
local function rankOf(sequence, offset, isCommand)
  local place = sequence - EPOCH + offset
  place = place < 0 and 0 or place < TASKS and place or TASKS - 1
  return isCommand and place or TASKS + place, place + EPOCH
end

-- Returns the members of the waiting set with their scores, to be added. Nil, and nothing has been changed, if an id or a lane
-- is among them twice.
local function recordPlain(entries, fields, sequence, nowUs, hasSequence)
  local offsets, jsons, records, waiting, place, count = entries.offsets, entries.jsons, {}, {}, 0, 1
  for i, id in ipairs(entries.ids) do
    local rank, rankedUs = rankOf(sequence + i - 1, offsets[i])
    local rankText = int(rank)
    records[place + 1], records[place + 2] = id, recordOf(rankText, rankedUs, nowUs, jsons[i])
    records[place + 3], records[place + 4] = fields[count + 2], '=' .. id
    waiting[count], waiting[count + 1] = rankText, id
    place, count = place + 4, count + 2
  end
  local added = call('HSET', RECORDS, 'sequence', int(sequence + #entries.ids - 1), unpack(records))
  if added + (hasSequence and 1 or 0) ~= count then
    call('HDEL', RECORDS, unpack(fields, 2))
    return nil
  end
  return waiting
end
`,
};

/** Whether an entry with a record is where such an entry can be: part of the keys may be lost, e.g. by eviction. */
const lostEntriesModule: LuaModule = {
  uses: [lanesModule, leasesModule, claimedTasksModule],
  text: /* lua */ `
-- A head of a lane that is held back is parked; where the list of parked tasks is lost, the next claim decides anew.
local function repairParked(id, score)
  local installation = installationOf(call('HGET', RECORDS, id))
  if installation and call('ZSCORE', PARKED .. ':' .. installation, id) then
    call('SADD', PARKED, installation)
  else
    call('ZADD', WAITING, score - TAIL, id)
  end
end

-- Is there nothing that will let an entry go that is held back? The rest of its lane may be lost. Keeps the lane's head.
local function isStranded(id, lane, heads)
  local head = validHead(lane, call('HGET', RECORDS, headField(lane)) or advance(lane))
  heads[lane] = head
  if not head or sub(head, 2) ~= id then return not call('ZSCORE', LANE .. lane, id) end
  local score = tonumber(call('ZSCORE', WAITING, id))
  if score >= TAIL then repairParked(id, score) end
  return false
end

local function isLost(id, lane, heads, isClaimed)
  local score = tonumber(call('ZSCORE', WAITING, id))
  if score then return score >= TAIL and isStranded(id, lane, heads) end
  if call('ZSCORE', DELAYED, id) then
    -- When it is due stands among the leases: where those are lost, no call would look.
    if not call('ZSCORE', LEASES, 'due') then updateNextDue() end
    return false
  end
  return not isClaimed(id)
end
`,
};

/** Adds entries of any kind; those that are known already stay as they are, unless they are lost. */
export const addAnyModule: LuaModule = {
  uses: [newRecordModule, leasesModule, lanesModule, laneOrderModule, addPlainModule, lostEntriesModule],
  text: /* lua */ `
-- Adds one entry that is new. Returns its lane's head, and whether waiting workers must set their timers anew.
local function addOne(entry, head, sequence, nowUs)
  local id, lane = entry.id, entry.lane
  local rank, rankedUs = rankOf(sequence, entry.offset, entry.isCommand)
  if entry.isReturning then
    call('ZREM', BURIED, id)
    call('HDEL', REASONS, id)
  end
  if head and sub(head, 2) ~= id then head = validHead(lane, head) end
  call('HSET', RECORDS, id, recordOf(int(rank), rankedUs, nowUs, entry.json))
  if not head then
    head = '=' .. id
    call('HSET', RECORDS, headField(lane), head)
  elseif sub(head, 2) ~= id then
    head = join(id, lane, head, entry.delayUs <= 0 and not entry.isReturning)
  end
  if entry.delayUs > 0 then return head, delay(id, nowUs + entry.delayUs) end
  call('ZADD', WAITING, sub(head, 2) == id and rank or rank + TAIL, id)
  return head, false
end

-- Returns whether waiting workers must set their timers anew.
local function addAny(entries, found, firstSequence, nowUs)
  local delays, commands = entries.delays or {}, entries.commands or {}
  local heads, seen, claimed, sequence, mustNotify = {}, {}, nil, firstSequence, false
  local function isClaimed(id)
    claimed = claimed or claimedIds()
    return claimed[id]
  end
  for i, id in ipairs(entries.ids) do
    local lane, known = entries.lanes[i], found[i * 2]
    local isReturning = known == 'buried'
    if not seen[id] and (not known or isReturning or isLost(id, lane, heads, isClaimed)) then
      local isNextDue
      heads[lane], isNextDue = addOne({
        id = id, lane = lane, offset = entries.offsets[i], isCommand = commands[i] == 1,
        delayUs = delays[i] or 0, json = entries.jsons[i], isReturning = isReturning,
      }, heads[lane] or found[i * 2 + 1], sequence, nowUs)
      sequence, mustNotify = sequence + 1, mustNotify or isNextDue
    end
    seen[id] = true
  end
  if sequence > firstSequence then call('HSET', RECORDS, 'sequence', int(sequence - 1)) end
  return mustNotify
end
`,
};
