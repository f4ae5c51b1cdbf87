import { AgentBotError } from "../../errors/agentbot-error.js";
import type { EffectLedger } from "../../ports/effect-ledger.js";
import { heldTask } from "./held-task.js";
import type { MemoryState } from "./memory-state.js";

/** The ledger of outward writes in memory. */
export function memoryEffectLedger(state: MemoryState): EffectLedger {
  return {
    async intend(lease, { key, kind }) {
      const { effects } = heldTask(state, lease);
      const known = effects.get(key);
      if (!known) {
        effects.set(key, { key, kind, intendedAt: state.clock.now(), performedAt: null, result: null });
        return { status: "new" };
      }
      if (!known.performedAt) return { status: "unresolved", intendedAt: new Date(known.intendedAt) };
      return { status: "performed", result: structuredClone(known.result) };
    },

    async complete(lease, key, result) {
      const { effects } = heldTask(state, lease);
      const known = effects.get(key);
      if (!known) {
        throw new AgentBotError("STORED_ROW_INVALID", `effect ${key} was never intended: call intend before complete`);
      }
      if (known.performedAt) return;
      effects.set(key, { ...known, performedAt: state.clock.now(), result: structuredClone(result) });
    },

    async list(taskId) {
      return structuredClone([...(state.tasks.get(taskId)?.effects.values() ?? [])]);
    },
  };
}
