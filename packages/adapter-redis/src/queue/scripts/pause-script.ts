import { scriptStart } from "./prelude.js";
import { redisScript } from "./redis-script.js";

/** ARGV: 1 to pause, 0 to go on. */
export const pauseScript = redisScript(
  scriptStart,
  /* lua */ `
if ARGV[1] == '1' then return call('HSET', RECORDS, 'paused', 1) end
call('HDEL', RECORDS, 'paused')
ring()
return 1
`,
);
