import { AgentBotError } from "../../errors/agentbot-error.js";
import type { EffectLedger } from "../../ports/effect-ledger.js";
import type { Tables } from "./tables.js";
import { heldTask } from "./task-record.js";

/** The ledger of outward writes in memory. */
export function memoryEffectLedger(tables: Tables): EffectLedger {
  return {
    async intend(lease, { key, kind }) {
      const { effects } = heldTask(tables, lease);
      const known = effects.get(key);
      if (!known) {
        effects.set(key, { key, kind, intendedAt: tables.clock.now(), performedAt: null, result: null });
        return { status: "new" };
      }
      if (!known.performedAt) return { status: "unresolved", intendedAt: new Date(known.intendedAt) };
      return { status: "performed", result: structuredClone(known.result) };
    },

    async complete(lease, key, result) {
      const { effects } = heldTask(tables, lease);
      const known = effects.get(key);
      if (!known) {
        throw new AgentBotError("STORED_ROW_INVALID", `Effect ${key} was never intended: call intend before complete.`);
      }
      if (known.performedAt) return;
      effects.set(key, { ...known, performedAt: tables.clock.now(), result: structuredClone(result) });
    },

    async list(taskId) {
      return structuredClone([...(tables.tasks.get(taskId)?.effects.values() ?? [])]);
    },
  };
}
