import assert from "node:assert/strict";
import type { Store } from "../../ports/store.js";
import { newTaskId } from "../../task/task-id.js";
import type { ContractCase, ContractOptions } from "../contract.js";
import { type ContractClause, contractCases } from "../contract-cases.js";
import { commandStopClauses } from "./command-stop-clauses.js";
import { recordCommand } from "./record-task.js";

const clauses: readonly ContractClause<Store>[] = [
  {
    name: "a recorded command is found, and an unknown or malformed id finds none",
    check: async ({ commands, inbox }) => {
      const { commandId, draft } = await recordCommand({ inbox }, "retry");
      const found = await commands.find(commandId);
      assert.deepEqual([found?.id, found?.name, found?.actor], [commandId, "retry", draft.actor]);
      for (const id of [newTaskId(), "", "no id of ours"]) assert.equal(await commands.find(id), null);
    },
  },
  {
    name: "a finished command has its time, the first one stays, and nothing else changes",
    check: async ({ commands, inbox }) => {
      const { commandId } = await recordCommand({ inbox }, "status");
      const before = await commands.find(commandId);
      assert.equal(before?.finishedAt, null);
      await commands.finish(commandId, { messageId: "7", list: [1, null] });
      const finished = await commands.find(commandId);
      assert.ok(finished?.finishedAt instanceof Date);
      assert.deepEqual({ ...finished, finishedAt: null }, before);
      await commands.finish(commandId, {});
      assert.deepEqual(await commands.find(commandId), finished);
    },
  },
  {
    name: "finishing an unknown command is harmless",
    check: async ({ commands }) => {
      for (const id of [newTaskId(), "no id of ours"]) await commands.finish(id, {});
    },
  },
];

/** The contract of the port `CommandStore`; run it on a whole {@link Store}. */
export function commandStoreContract(options: ContractOptions<Store>): readonly ContractCase[] {
  return contractCases("commands", options, [...clauses, ...commandStopClauses]);
}
