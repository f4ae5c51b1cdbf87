import { expect, test } from "vitest";
import { cycleReplyModule } from "../../src/queue/calls/cycle-reply.js";
import { newRecordModule, recordsModule } from "../../src/queue/queue-record.js";
import { addAnyModule, addPlainModule } from "../../src/queue/scripts/add-entries.js";
import { claimEntriesModule } from "../../src/queue/scripts/claim-entries.js";
import { claimedTasksModule, parkingModule } from "../../src/queue/scripts/installation-limit.js";
import { laneOrderModule, lanesModule } from "../../src/queue/scripts/lanes.js";
import { catchUpModule, leasesModule } from "../../src/queue/scripts/leases.js";
import { claimRangeModule, plainCycleModule } from "../../src/queue/scripts/plain-cycle.js";
import { markersModule, queueKeysModule } from "../../src/queue/scripts/queue-keys.js";
import type { LuaModule } from "../../src/queue/scripts/redis-script.js";
import { settleEntriesModule } from "../../src/queue/scripts/settle-entries.js";

const modules: Readonly<Record<string, LuaModule>> = {
  ...{ cycleReplyModule, newRecordModule, recordsModule, addAnyModule, addPlainModule, claimEntriesModule },
  ...{ claimedTasksModule, parkingModule, laneOrderModule, lanesModule, catchUpModule, leasesModule },
  ...{ claimRangeModule, plainCycleModule, markersModule, queueKeysModule, settleEntriesModule },
};
const luaFunctions = ["tonumber", "tostring", "type", "unpack", "ipairs", "pcall", "next", "function"];
const keywords = ["if", "and", "or", "not", "for", "in", "return", "then", "elseif", "while"];

/** The functions that a module defines, as locals or as parameters. */
function definedIn({ text }: LuaModule): readonly string[] {
  const functions = Array.from(text.matchAll(/local function (\w+)\(([^)]*)\)/g), ([, name, parameters]) => [
    name,
    ...(parameters ?? "").split(/,\s*/),
  ]);
  const aliases = Array.from(text.matchAll(/^local ([\w, ]+) =/gm), ([, names]) => (names ?? "").split(/,\s*/));
  return [...functions.flat(), ...aliases.flat()].filter((name) => name !== undefined);
}

test.each(Object.entries(modules))("%s calls functions of its own and of the modules it names only", (_, module) => {
  const code = module.text.replaceAll(/--.*$/gm, "").replaceAll(/'[^']*'/g, "''");
  const called = new Set(Array.from(code.matchAll(/(?<![\w.:])([a-z]\w*)\(/g), ([, name]) => name ?? ""));
  const known = [module, queueKeysModule, ...module.uses].flatMap(definedIn);
  const hidden = [...called].filter((name) => ![...known, ...luaFunctions, ...keywords].includes(name));
  expect(hidden).toEqual([]);
});
