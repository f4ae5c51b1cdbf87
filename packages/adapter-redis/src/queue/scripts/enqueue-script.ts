import type { QueueEntry } from "@agentbot/core";
import { encodeEntry, microseconds, wellFormedJson } from "../queue-record.js";
import { addAnyModule, addPlainModule } from "./add-entries.js";
import { claimEntriesModule } from "./claim-entries.js";
import { plainCycleModule } from "./plain-cycle.js";
import { redisScript } from "./redis-script.js";

/**
 * Adds entries that are not known yet, and claims for the workers of this process that wait. Returns 1 if it has claimed the
 * only entry, which was the first to claim: measured with a claim that waits, the long reply and the claim in its general form
 * took a third more time.
 *
 * `LISTS` is one JSON list of the entries' ids, their lanes, their priorities in microseconds, their delays in microseconds
 * and 1 for each command; the last two are absent if all are tasks that are due. The JSON of each entry follows it.
 */
export const enqueueScript = redisScript(
  {
    uses: [addPlainModule],
    text: /* lua */ `
local TOKEN, WANT, LEASE_US, KIND, LIMIT, BURIED_LIMIT, LISTS = unpack(ARGV, 1, 7)
local want, limit = tonumber(WANT), tonumber(LIMIT)
local ids, lanes, offsets, delays, commands = unpack(cjson.decode(LISTS))
local entries = { ids = ids, lanes = lanes, offsets = offsets, delays = delays, commands = commands, jsons = { unpack(ARGV, 8) } }
local fields, count, isPlain = { 'sequence' }, 1, not delays
for i, id in ipairs(ids) do
  fields[count + 1], fields[count + 2] = id, headField(lanes[i])
  count = count + 2
end
local found = call('HMGET', RECORDS, unpack(fields))
for i = 2, count do
  if found[i] then isPlain = false end
end
local nowUs = clock()
-- Never the same twice and never backwards, whatever the clock does: first in, first out.
local sequence = max(nowUs, (tonumber(found[1]) or 0) + 1)
local waiting = isPlain and recordPlain(entries, fields, sequence, nowUs, found[1])
if waiting and want == 0 then
  call('ZADD', WAITING, unpack(waiting))
  call('ZADD', MARKER, 0, 'work')
  return 0
end
-- A claim waits for the only entry, and nothing comes before it.
if waiting and limit == 0 and #ids == 1 and firstScore() >= TAIL then
  -- It may still be held back where its record was lost.
  call('ZREM', WAITING, ids[1])
  call('ZADD', LEASES, int(nowUs + LEASE_US), TOKEN .. '|' .. ids[1])
  return 1
end
`,
  },
  {
    uses: [plainCycleModule],
    text: /* lua */ `
local request = {
  token = TOKEN, want = want, leaseUs = tonumber(LEASE_US), kind = KIND, limit = limit, tookMarker = true, shouldPoll = false,
}
if waiting then
  call('ZADD', WAITING, unpack(waiting))
  local reply = limit == 0 and runPlain(request, {}, {}, nowUs)
  if reply then return reply end
end
`,
  },
  {
    uses: [addAnyModule, claimEntriesModule],
    text: /* lua */ `
local mustNotify = not waiting and addAny(entries, found, sequence, nowUs)
local taken, isExhausted = {}, false
if want > 0 then
  catchUp(nowUs, tonumber(BURIED_LIMIT))
  taken, isExhausted = claimEntries(request, unpark(limit), nowUs)
end
if mustNotify then notify() else notifyIfAnyFree() end
return replyOf(true, nextChangeUs(), nowUs, '', isExhausted, taken)
`,
  },
);

const isPlain = ({ kind, delayMs }: QueueEntry): boolean => kind === "task" && !(delayMs > 0);

/** Arguments that follow those that all claiming scripts share: lists in one text, since each argument costs. */
export function enqueueArguments(entries: readonly QueueEntry[], agingMs: number): readonly string[] {
  const lists: unknown[][] = [
    entries.map(({ id }) => id),
    entries.map(({ lane }) => lane),
    entries.map(({ priority }) => microseconds(priority * agingMs)),
  ];
  if (!entries.every(isPlain)) {
    lists.push(entries.map(({ delayMs }) => Math.max(0, microseconds(delayMs))));
    lists.push(entries.map(({ kind }) => (kind === "command" ? 1 : 0)));
  }
  return [wellFormedJson(lists), ...entries.map(encodeEntry)];
}
