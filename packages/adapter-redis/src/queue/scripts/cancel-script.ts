import { catchUp } from "./catch-up.js";
import { prelude } from "./prelude.js";
import { redisScript } from "./redis-script.js";
import { threadLines } from "./thread-lines.js";

/** ARGV: how many buried entries are kept, task id. Takes one entry out; 0 when it is unknown or claimed. */
export const cancelScript = redisScript(
  prelude,
  threadLines,
  catchUp,
  /* lua */ `
catchUp(clock(), tonumber(ARGV[1]))
local removed = remove(ARGV[2])
if woken then ring() end
return removed
`,
);

/** Takes out at most 200 waiting and 200 delayed entries; returns how many. */
export const drainScript = redisScript(
  prelude,
  threadLines,
  /* lua */ `
local removed = 0
for _, key in ipairs({ WAITING, DELAYED }) do
  for _, id in ipairs(call('ZRANGE', key, 0, 199)) do removed = removed + remove(id) end
end
return removed
`,
);
