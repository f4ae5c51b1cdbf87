import { isRunnerDead, newProcessTag, readProcessTable } from "../../../../packages/core/src/process/process-table.js";

/** Prints what a process finds in `/proc`: the table, its own tag, and whether a runner that is not there is dead. */
const tag = newProcessTag();
const [pid, ...rest] = tag.split("-");
const isDead = isRunnerDead([Number(pid) + 2 ** 22, ...rest].join("-"));
process.stdout.write(JSON.stringify({ processes: await readProcessTable(), tag, isDead }));
