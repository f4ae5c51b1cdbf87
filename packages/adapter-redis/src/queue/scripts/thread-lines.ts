/** A thread's head may be claimed; the entries behind it stand in a sorted set of their own, in order. */
export const threadLines = /* lua */ `
-- The next one of the line becomes the thread's head.
local function advance(thread)
  local line = LINE .. thread
  local nextOne = call('ZPOPMIN', line)[1]
  if not nextOne then
    call('HDEL', RECORDS, headField(thread))
    return nil
  end
  local head = (call('EXISTS', line) == 1 and '+' or '=') .. nextOne
  call('HSET', RECORDS, headField(thread), head)
  local score = tonumber(call('ZSCORE', WAITING, nextOne))
  if score and score >= TAIL then
    call('ZADD', WAITING, score - TAIL, nextOne)
    woken = true
  end
  return head
end

local function leave(id, thread)
  local head = call('HGET', RECORDS, headField(thread))
  if head and sub(head, 2) == id then advance(thread) else call('ZREM', LINE .. thread, id) end
end

-- A head whose record is gone holds nobody back.
local function validHead(thread, head)
  while head do
    local record = call('HGET', RECORDS, sub(head, 2))
    if record and record ~= 'buried' then return head end
    head = advance(thread)
  end
  return nil
end

-- Back among the waiting, at its old rank; without a new time it waits since when it did.
local function restore(id, sinceUs, nowUs, buriedLimit)
  local record = call('HGET', RECORDS, id)
  if not record then return end
  local rank, json, parts = parse(record)
  if not rank then return bury(id, 'its record in the queue cannot be read', nowUs, buriedLimit) end
  if sinceUs then call('HSET', RECORDS, id, recordOf(int(rank), rank, sinceUs, json)) end
  local head = call('HGET', RECORDS, headField(parts[1]))
  if not head then
    head = '=' .. id
    call('HSET', RECORDS, headField(parts[1]), head)
  end
  if sub(head, 2) ~= id then rank = rank + TAIL else woken = true end
  call('ZADD', WAITING, rank, id)
end

-- Takes an entry out that nobody holds.
local function remove(id)
  if call('ZREM', BURIED, id) == 1 then
    call('HDEL', REASONS, id)
    call('HDEL', RECORDS, id)
    return 1
  end
  local record = call('HGET', RECORDS, id)
  local isDelayed = call('ZREM', DELAYED, id) == 1
  if isDelayed then noteNextDue() elseif call('ZREM', WAITING, id) == 0 then return 0 end
  call('HDEL', RECORDS, id)
  local _, _, parts = parse(record)
  if parts then leave(id, parts[1]) end
  return 1
end
`;
