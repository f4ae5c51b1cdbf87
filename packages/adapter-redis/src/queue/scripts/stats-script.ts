import { catchUp } from "./catch-up.js";
import { prelude } from "./prelude.js";
import { redisScript } from "./redis-script.js";
import { threadLines } from "./thread-lines.js";

/**
 * ARGV: how many buried entries are kept. Waiting, delayed, claimed, buried, and for how long the oldest waits in
 * milliseconds, -1 for none. The oldest is looked for among the first 500 that can be claimed and the first 500 that are
 * held back: those were ranked highest, so no other one waits much longer.
 */
export const statsScript = redisScript(
  prelude,
  threadLines,
  catchUp,
  /* lua */ `
local nowUs = clock()
catchUp(nowUs, tonumber(ARGV[1]))
noteNextDue()
if woken then ring() end
local claimed = call('ZCARD', LEASES)
if call('ZSCORE', LEASES, 'due') then claimed = claimed - 1 end
local oldest = nil
for _, range in ipairs({ { '-inf', '(' .. int(TAIL) }, { int(TAIL), '+inf' } }) do
  local ids = call('ZRANGEBYSCORE', WAITING, range[1], range[2], 'LIMIT', 0, 500)
  if #ids > 0 then
    for _, record in ipairs(call('HMGET', RECORDS, unpack(ids))) do
      local rank, before = string.match(record or '', '^(%d+) (%-?%d+) ')
      local since = rank and rank / 1000 - before
      if since and (not oldest or since < oldest) then oldest = since end
    end
  end
end
local oldestMs = oldest and math.max(0, math.floor(nowUs / 1000 - oldest)) or -1
return { call('ZCARD', WAITING), call('ZCARD', DELAYED), claimed, call('ZCARD', BURIED), oldestMs }
`,
);
