import { type ProcessRow, readEnvironmentEntry, readInTurns, readProcessTable } from "./process-table.js";
import { processTagName } from "./process-tag.js";
import { shareNext } from "./share-next.js";

/** A living process, with the tag it was started with. */
export interface TaggedProcess extends ProcessRow {
  /** Its `AGENTBOT_PROCESS`; null when it has none or is not ours to read. */
  readonly tag: string | null;
}

/**
 * Every living process but this one; null where processes can't be listed. A machine has hundreds of them and a worker
 * many runs: those that ask while a look goes on share the next one.
 */
export const readTaggedProcesses = shareNext(async (): Promise<readonly TaggedProcess[] | null> => {
  const rows = await readProcessTable();
  if (rows === null) return null;
  const others = rows.filter(({ pid }) => pid !== process.pid);
  return readInTurns(others, (row) => ({ ...row, tag: readEnvironmentEntry(row.pid, processTagName) }));
});
